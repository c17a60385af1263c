"""PostgreSQL's statements under the verbs that all SQL platforms plan with."""

from collections.abc import Mapping

from marketplace.connectors.base import Member, Observed, PortVariant, Principal
from marketplace.connectors.postgres import statements
from marketplace.connectors.postgres.config import PostgresConfig
from marketplace.connectors.sql.planning import BLOCKING, UNTOUCHABLE


class PostgresWords:
    """The words of one connection. A membership goes with its login."""

    untouchable: Mapping[str, str] = UNTOUCHABLE
    blocking: Mapping[str, str] = BLOCKING
    roles_outlive_logins = False
    logins_have_parts = False

    def __init__(self, config: PostgresConfig) -> None:
        self._config = config

    def handle(self, variant: PortVariant) -> tuple[str, str]:
        """Make the role of the handle."""
        role = statements.name(variant.handle(self._config.env))
        return statements.create_handle(self._config, variant), f"DROP ROLE IF EXISTS {role}"

    def publish(self, variant: PortVariant, observed: Observed) -> tuple[str, str]:
        """Make or replace the view; one that was moved away is dropped."""
        moved = observed.drifted("view-moved")
        return (
            statements.publish(self._config, variant, moved),
            statements.unpublish(self._config, variant),
        )

    def grant_reading(self, variant: PortVariant) -> tuple[str, str]:
        """Let the handle's role read the view."""
        return (
            statements.grant_reading(self._config, variant),
            statements.unpublish(self._config, variant),
        )

    def end_readers(self, variant: PortVariant) -> str:
        """End the sessions that hold a lock on the view."""
        return statements.end_readers(variant)

    def login(self, principal: Principal) -> tuple[str, str]:
        """Make the consumer's login."""
        return (
            statements.create_login(self._config, principal),
            statements.drop_login(self._config, principal),
        )

    def join(self, variant: PortVariant, principal: Principal, observed: Observed) -> str:
        """Make the login a member; servers before 16 know no options of a membership."""
        return statements.join(*self._both(variant, principal), observed.server)

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
        return statements.end_sessions(self._config, self._config.login_of(principal))

    def _both(self, variant: PortVariant, principal: Principal) -> tuple[str, str]:
        return variant.handle(self._config.env), self._config.login_of(principal)
