"""Tests of the demo mesh: descriptors against the warehouse that they describe."""
