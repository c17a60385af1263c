"""Shared by the tests of channels."""

import ssl
from pathlib import Path

import pytest

from tests.authority import authority_in


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that proves to be 127.0.0.1, and a client that trusts it."""
    return authority_in(tmp_path)
