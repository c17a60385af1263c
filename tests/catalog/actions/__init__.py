"""Tests of `catalog.actions`."""
