"""The DATSIS score: six pure scorers over live facts; every point names evidence and fix."""
