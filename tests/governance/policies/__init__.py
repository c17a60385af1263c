"""Tests of `governance.policies`."""
