"""Question sets, runs, measures, comparison, gate, report and benchmarks."""
