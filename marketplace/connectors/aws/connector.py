"""What the connectors of AWS share: each consumer is a role of ours, let in and cut in one way."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal, Protocol, Self

from marketplace.connectors.aws import applying, iam, previewing, withdrawing
from marketplace.connectors.aws.applying import There, Verb
from marketplace.connectors.aws.calls import Aws
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.aws.statements import AwsWords, Names
from marketplace.connectors.base import (
    ConnInfo,
    Finding,
    Grant,
    Lease,
    Plan,
    PortVariant,
    Principal,
    Probe,
    StepResult,
)
from marketplace.connectors.withdrawing import Withdrawn

type Expected = Literal["access", "no_access"]


class Probing[C: AwsConfig](Protocol):
    """The module of a connector that acts as the consumer."""

    def probe(self, aws: Aws, config: C, grant: Grant, expected: Expected, version: str) -> Probe:
        """Assume the consumer's role and try what is promised and what is not."""

    def credentials(self, aws: Aws, config: C, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Give keys of the consumer's role."""


class AwsConnector[C: AwsConfig]:
    """A connector whose consumers are roles of ours. Keeps HTTP connections and nothing else."""

    api: ClassVar[int] = 1
    kind: ClassVar[str]
    version: ClassVar[str] = "1"
    config_class: ClassVar[type[Any]]
    probing: ClassVar[Any]
    """A module that is `Probing`."""

    def __init__(self, config: C) -> None:
        self.config = config
        self._aws = Aws(config)

    @property
    def words(self) -> AwsWords:
        """Write the steps: IAM's own, unless there are others between them."""
        return AwsWords(self.config, self.config.reading)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(cls.config_class(**config))

    @property
    def _preview(self) -> Names:
        return previewing.names_of(self.config, self.kind, self.config.region)

    def _unprepared(self) -> list[Finding]:
        """Say that the role for previews is missing, if it is."""
        if iam.role(self._aws, self._preview.role) is not None:
            return []
        return [Finding("error", "not-prepared", "The role for previews is missing: prepare().")]

    def verbs(self, there: There) -> Mapping[str, Verb]:  # noqa: ARG002 - for who has some
        """Give what a step may do here beside IAM's verbs."""
        return {}

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps."""
        return applying.apply(self._aws, self.config.reading.actions, plan, lease, self.verbs)

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:
        """Deny everything to the sessions that are open now; AWS does not tell how many they were.

        Returns 1 when the consumer had a role, else 0.
        """
        mark = self.words.names(variant, principal).mark
        return int(iam.cut(self._aws, mark, self.config.reading.actions))

    def drop_credential(self, user: str) -> Withdrawn:
        """Deny everything to the sessions of a consumer that are open now, and read back."""
        return withdrawing.drop_one(self._aws, self.config.reading, user)

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Assume the consumer's role and try what is promised and what is not."""
        expected: Expected = "access" if expect_access else "no_access"
        found: Probe = self.probing.probe(self._aws, self.config, grant, expected, self.version)
        return found

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Give keys of the consumer's role for an hour at most."""
        found: ConnInfo = self.probing.credentials(self._aws, self.config, grant, ttl)
        return found
