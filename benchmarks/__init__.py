"""Benchmarks: one question a file, results as JSON with their conditions. Run one: python -m benchmarks.wiring"""
