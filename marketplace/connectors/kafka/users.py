"""SCRAM users: made, read back and deleted. Kafka keeps salted keys, never a password."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from confluent_kafka.admin import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from marketplace.connectors.kafka.config import KafkaConfig
from marketplace.connectors.kafka.links import Admin, NotThere

_SALT: Final = 24


def read(admin: Admin, config: KafkaConfig, logins: Iterable[str]) -> dict[str, int]:
    """Read the number of iterations of each user that has a credential.

    One that has another mechanism too, or only, counts as 0: we did not make it so.
    """
    wanted = sorted(set(logins))
    if not wanted:
        return {}
    asked = admin.client.describe_user_scram_credentials(wanted, request_timeout=admin.timeout)
    found = {}
    for login, future in asked.items():
        with suppress(NotThere):
            told = admin.wait(future).scram_credential_infos
            ours = len(told) == 1 and told[0].mechanism == _mechanism(config)
            found[login] = told[0].iterations if ours else 0
    return found


def make(
    admin: Admin, config: KafkaConfig, login: str, password: str, iterations: int = 8192
) -> None:
    """Make a user, or give it this password."""
    info = ScramCredentialInfo(_mechanism(config), iterations)
    salt = secrets.token_bytes(_SALT)
    wanted = [UserScramCredentialUpsertion(login, info, password.encode(), salt)]
    asked = admin.client.alter_user_scram_credentials(wanted, request_timeout=admin.timeout)
    for one in asked.values():
        admin.wait(one)


def forget(admin: Admin, config: KafkaConfig, login: str) -> bool:
    """Delete a user's credential; whether there was one."""
    wanted = [UserScramCredentialDeletion(login, _mechanism(config))]
    asked = admin.client.alter_user_scram_credentials(wanted, request_timeout=admin.timeout)
    try:
        for one in asked.values():
            admin.wait(one)
    except NotThere:
        return False
    return True


def _mechanism(config: KafkaConfig) -> ScramMechanism:
    return ScramMechanism[config.consumer_mechanism.replace("-", "_")]
