"""The same on MySQL."""

from tests.connectors.mariadb.test_credentials import *  # noqa: F403
