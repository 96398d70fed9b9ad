"""Benchmarks: one question a file, results as JSON with their conditions under results/. Run one: python -m benchmarks.wiring"""
