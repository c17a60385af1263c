"""The same on MySQL."""

from tests.connectors.mariadb.test_grants import *  # noqa: F403
