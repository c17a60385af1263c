"""The benchmarks' own arithmetic, and the synthetic mesh."""
