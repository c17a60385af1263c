"""Tests of the project package, by the place of what they test."""
