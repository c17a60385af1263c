"""Run a query as the consumer: on the platform, as its own login, within limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings

from catalog.models import OutputPort
from catalog.queries import connector_of
from marketplace.connectors.base import (
    ConnectorError,
    Estimate,
    Laboratory,
    Limits,
    Principal,
    QueryRefused,
    Question,
    Rows,
    SandboxTable,
)
from marketplace.connectors.base import Grant as Access
from marketplace.kernel.errors import DomainError
from subscriptions.models import AccessAgreement
from subscriptions.provisioning import variant_for


class LabRefused(DomainError):
    """The query was refused, or ended; ``reason`` says by which rule."""

    code = "query-refused"
    title = "The query was not run to its end."
    status = 422


class AccessEnded(DomainError):
    """The agreement gives no access now."""

    code = "access-ended"
    title = "This access has ended. You can ask for it again."
    status = 403


class PlatformAway(DomainError):
    """The data platform does not answer."""

    code = "platform-away"
    title = "The data platform does not answer at the moment."
    status = 503


def limits() -> Limits:
    """What one query may give and take."""
    return Limits(
        rows=settings.LAB_ROWS, bytes=settings.LAB_BYTES, timeout_ms=settings.LAB_TIMEOUT_MS
    )


def execute(agreement: AccessAgreement, question: Question) -> Rows:
    """Run one read query as the agreement's consumer. No transaction of ours is open."""
    port = agreement.port
    connector = connector_of(port.platform) if port.platform is not None else None
    if connector is not None and "stream" in connector.capabilities().supports:
        with coded():  # a stream is read whole, its last messages: no planner, no parameters
            return connector.query(_access(agreement), question.sql, limits())
    laboratory = laboratory_of(port)
    with coded():
        return laboratory.ask(_access(agreement), question, limits())


def estimate(agreement: AccessAgreement, question: Question) -> Estimate:
    """Ask the platform's planner, as the agreement's consumer, what a query would give."""
    laboratory = laboratory_of(agreement.port)
    with coded():
        return laboratory.estimate(_access(agreement), question)


def halt(agreement: AccessAgreement, tag: str) -> bool:
    """End the running query of a tag on its platform; False when none of it runs there."""
    laboratory = laboratory_of(agreement.port)
    with coded():
        return laboratory.stop(Principal(agreement.consumer_kind, agreement.consumer_key), tag)


def rehearse(port: OutputPort, table: SandboxTable, question: Question) -> Rows:
    """Run one read query on invented rows of a port."""
    laboratory = laboratory_of(port)
    with coded():
        return laboratory.rehearse(table, question, limits())


def has_lab(port: OutputPort) -> bool:
    """Whether people's queries are run on the platform of a port; asks nobody."""
    if port.platform is None:
        return False
    return "lab" in connector_of(port.platform).capabilities().supports


def laboratory_of(port: OutputPort) -> Laboratory:
    """Give the platform of a port as one for people's queries. Raises LabRefused."""
    if port.platform is None or not has_lab(port):
        raise LabRefused("This port is not read by queries.", reason="no-lab")
    return cast("Laboratory", connector_of(port.platform))


def _access(agreement: AccessAgreement) -> Access:
    return Access(
        variant_for(agreement.grant.handle),
        Principal(agreement.consumer_kind, agreement.consumer_key),
        agreement.end_at,
    )


@contextmanager
def coded() -> Iterator[None]:
    """Let the platform's refusals out as ours."""
    try:
        yield
    except QueryRefused as refused:
        if refused.code == "access-ended":
            raise AccessEnded from None
        raise LabRefused(str(refused), reason=refused.code) from None
    except ConnectorError as away:
        raise PlatformAway(str(away)) from None
