"""Run a query as the consumer: on the platform, as its own login, within limits."""

from django.conf import settings

from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError, Limits, Principal, QueryRefused, Rows
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


def execute(agreement: AccessAgreement, sql: str) -> Rows:
    """Run one read query as the agreement's consumer. No transaction of ours is open."""
    handle = agreement.grant.handle
    access = Access(
        variant_for(handle),
        Principal(agreement.consumer_kind, agreement.consumer_key),
        agreement.end_at,
    )
    assert agreement.port.platform is not None
    try:
        return connector_of(agreement.port.platform).query(access, sql, limits())
    except QueryRefused as refused:
        if refused.code == "access-ended":
            raise AccessEnded from None
        raise LabRefused(str(refused), reason=refused.code) from None
    except ConnectorError as away:
        raise PlatformAway(str(away)) from None
