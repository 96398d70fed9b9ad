"""Does a network obey its modified equation? Its layers beside the modified flow of its own blocks.

stages    what a stage of a network repeats: one table, its blocks and coefficients, the states between the steps
curves    weights and coefficients between the steps, as smooth functions of depth
flows     the modified field of torch functions, its flow, and states on the smooth manifold
measures  distances layer by layer, and orders of accuracy at h, h/2, h/4
"""
