"""Studies: networks trained from several seeds by one recipe, what is measured of them, and the page that says it.

plans    what a study is, from a TOML file      running  trains what has no result yet
results  a file a run                           measures what is asked of a trained network
"""
