"""The statements under the verbs that all SQL platforms plan with."""

from collections.abc import Mapping

from marketplace.connectors.base import Member, Observed, PortVariant, Principal
from marketplace.connectors.mariadb import statements
from marketplace.connectors.mariadb.config import MariadbConfig
from marketplace.connectors.sql.planning import BLOCKING, UNTOUCHABLE


class MariadbWords:
    """The words of one connection. The role that was a login's default outlives the login."""

    untouchable: Mapping[str, str] = UNTOUCHABLE
    blocking: Mapping[str, str] = {
        **BLOCKING,
        "base-missing": "the base relation does not exist, or the publisher may not read it",
    }
    roles_outlive_logins = True
    logins_have_parts = False

    def __init__(self, config: MariadbConfig) -> None:
        self._config = config

    def handle(self, variant: PortVariant) -> tuple[str, str]:
        """Make the role of the handle."""
        return statements.create_handle(self._name(variant), self._mark(variant)), ""

    def publish(self, variant: PortVariant, observed: Observed) -> tuple[str, str]:
        """Make or replace the view; one that was moved away is dropped."""
        name, mark = self._name(variant), self._mark(variant)
        moved = observed.drifted("view-moved")
        return statements.publish(variant, name, mark, moved), statements.unpublish(variant)

    def grant_reading(self, variant: PortVariant) -> tuple[str, str]:
        """Let the handle's role read the view."""
        reading = statements.grant_reading(variant, self._name(variant))
        return reading, statements.unpublish(variant)

    def end_readers(self, variant: PortVariant) -> str:
        """End the sessions of everybody who is entitled."""
        return statements.end_readers(self._name(variant))

    def login(self, principal: Principal) -> tuple[str, str]:
        """Make the consumer's login."""
        login = self._config.login_of(principal)
        return statements.create_login(login, principal.kind, principal.key), ""

    def join(self, variant: PortVariant, principal: Principal, observed: Observed) -> str:  # noqa: ARG002 - the Protocol's
        """Make the login's default role a member."""
        return statements.join(*self._both(variant, principal))

    def leave(self, variant: PortVariant, principal: Principal) -> str:
        """Take the membership away."""
        return statements.leave(*self._both(variant, principal))

    def entitle(self, variant: PortVariant, member: Member) -> str:
        """Write the entitlement that the view asks."""
        return statements.entitle(*self._both(variant, member.principal), member)

    def disentitle(self, variant: PortVariant, principal: Principal) -> str:
        """Delete the entitlement."""
        return statements.disentitle(*self._both(variant, principal))

    def end_sessions(self, principal: Principal) -> str:
        """End the consumer's sessions on this server."""
        return statements.end_sessions(self._config.login_of(principal))

    def _name(self, variant: PortVariant) -> str:
        return variant.handle(self._config.env)

    def _mark(self, variant: PortVariant) -> str:
        return self._config.mark_of(variant.port_id, variant.variant)

    def _both(self, variant: PortVariant, principal: Principal) -> tuple[str, str]:
        return self._name(variant), self._config.login_of(principal)
