"""Tests of `governance.scoring`."""
