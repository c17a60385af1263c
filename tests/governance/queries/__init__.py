"""Tests of `governance.queries`."""
