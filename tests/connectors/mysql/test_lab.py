"""The same on MySQL."""

from tests.connectors.mariadb.test_lab import *  # noqa: F403
