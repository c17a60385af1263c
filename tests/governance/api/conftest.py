"""Fixtures of the REST tests."""

from tests.rest import api

__all__ = ["api"]
