"""Measures the register at the size of a country; run by name: `python -m tests.benchmarks.run`."""
