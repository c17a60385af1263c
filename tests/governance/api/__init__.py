"""Tests of the REST face."""
