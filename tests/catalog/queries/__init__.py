"""Tests of `catalog.queries`."""
