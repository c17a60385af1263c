"""Tests of `catalog.descriptors`."""
