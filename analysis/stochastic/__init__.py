"""Stochastic limits, weak orders and Monte Carlo of schemes with random coefficients."""
