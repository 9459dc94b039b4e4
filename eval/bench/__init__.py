"""Benchmarks of the program as it is served: `python -m eval.bench --help`; docs/performance.md explains them."""
