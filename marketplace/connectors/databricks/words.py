"""Unity Catalog's calls under the verbs that all SQL platforms plan with."""

from collections.abc import Mapping

from marketplace.connectors.base import Member, Observed, PortVariant, Principal
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.sql.planning import BLOCKING


class DatabricksWords:
    """The words of one workspace. There is no role: who may read is written on the view."""

    untouchable: Mapping[str, str] = {
        "handle-not-ours": "the handle is registered for another port or marketplace",
    }
    blocking: Mapping[str, str] = {
        **BLOCKING,
        "base-missing": "the base relation does not exist, or our principal may not see it",
    }
    roles_outlive_logins = True
    logins_have_parts = False

    def __init__(self, config: DatabricksConfig) -> None:
        self._config = config

    def handle(self, variant: PortVariant) -> tuple[str, str]:
        """Register the handle."""
        return statements.create_handle(self._config, variant), ""

    def publish(self, variant: PortVariant, observed: Observed) -> tuple[str, str]:
        """Make or replace the view; one that was moved away is dropped."""
        moved = observed.drifted("view-moved")
        made = statements.publish(self._config, variant, moved)
        return made, statements.unpublish(self._config, variant)

    def grant_reading(self, variant: PortVariant) -> tuple[str, str]:
        """There is no role that reads the view: members do, and `join` lets them."""
        return statements.create_handle(self._config, variant), ""

    def end_readers(self, variant: PortVariant) -> str:  # noqa: ARG002 - the Protocol's
        """Nothing has to end: a running statement keeps the view it began with."""
        return ""

    def login(self, principal: Principal) -> tuple[str, str]:
        """Make the consumer's service principal."""
        return statements.create_login(self._config, principal), ""

    def join(self, variant: PortVariant, principal: Principal, observed: Observed) -> str:  # noqa: ARG002 - the Protocol's
        """Let the consumer read the view."""
        return statements.join(self._config, variant, principal)

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the right to read away."""
        return statements.leave(self._config, variant, principal)

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Write the entitlement that the view asks."""
        return statements.entitle(self._config, variant, member)

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Delete the entitlement."""
        return statements.disentitle(self._config, variant, principal)

    def end_sessions(self, principal: Principal) -> str:
        """Cancel what the consumer is running."""
        return statements.end_sessions(self._config, principal)
