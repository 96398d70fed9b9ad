"""python -m odenets: the command line."""

from odenets.cli import main

main()
