"""Snowflake's statements under the verbs that all SQL platforms plan with."""

from collections.abc import Mapping

from marketplace.connectors.base import Member, Observed, PortVariant, Principal
from marketplace.connectors.snowflake import statements
from marketplace.connectors.snowflake.config import SnowflakeConfig
from marketplace.connectors.snowflake.observing import anchor_of
from marketplace.connectors.sql.planning import BLOCKING


class SnowflakeWords:
    """The words of one account. A login is a role and a user, and either may be lost alone."""

    untouchable: Mapping[str, str] = {
        "handle-not-ours": "the handle's database role exists and is not ours",
    }
    blocking: Mapping[str, str] = {
        **BLOCKING,
        "base-missing": "the base relation does not exist, or our role may not see it",
        "policy-unfit": "no published column has a type that a row access policy can be put on",
    }
    roles_outlive_logins = True
    logins_have_parts = True

    def __init__(self, config: SnowflakeConfig) -> None:
        self._config = config

    def handle(self, variant: PortVariant) -> tuple[str, str]:
        """Make the database role of the handle."""
        made = statements.create_handle(self._config, variant)
        return made, f"DROP DATABASE ROLE IF EXISTS {statements.handle(self._config, variant)}"

    def publish(self, variant: PortVariant, observed: Observed) -> tuple[str, str]:
        """Make or replace the view and its policy; one that was moved away is dropped."""
        moved = observed.drifted("view-moved")
        made = statements.publish(self._config, variant, anchor_of(observed), moved)
        return made, statements.unpublish(self._config, variant)

    def grant_reading(self, variant: PortVariant) -> tuple[str, str]:
        """Let the handle's role read the view."""
        reading = statements.grant_reading(self._config, variant)
        return reading, statements.unpublish(self._config, variant)

    def end_readers(self, variant: PortVariant) -> str:  # noqa: ARG002 - the Protocol's
        """Nothing has to end: a running statement keeps the view it began with."""
        return ""

    def login(self, principal: Principal) -> tuple[str, str]:
        """Make the consumer's role and its user."""
        return statements.create_login(self._config, principal), ""

    def join(self, variant: PortVariant, principal: Principal, observed: Observed) -> str:  # noqa: ARG002 - the Protocol's
        """Make the consumer's role a member of the handle's."""
        return statements.join(self._config, variant, principal)

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the membership away."""
        return statements.leave(self._config, variant, principal)

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Write the entitlement that the row access policy asks."""
        return statements.entitle(self._config, variant, member)

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Delete the entitlement."""
        return statements.disentitle(self._config, variant, principal)

    def end_sessions(self, principal: Principal) -> str:
        """Stop what the consumer is running."""
        return statements.end_sessions(self._config, principal)
