"""Tests of `governance.actions`."""
