"""Tests of `catalog.compatibility`."""
