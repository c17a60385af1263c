"""How to connect to a port: words filled with the reader's own login, and a test that connects."""

from copy import copy
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from catalog.models import OutputPort
from catalog.queries import snippets
from marketplace.kernel.errors import DomainError, NotFound, SignInFirst
from marketplace.kernel.identity.current import signed_in
from marketplace.portal.handed import read_as
from marketplace.portal.pages import REFUSED, show, words_of
from marketplace.portal.product_parts import Reading, switch
from marketplace.portal.queries import Standing, my_side
from marketplace.portal.request_proof import tried
from subscriptions.actions.connections import try_connection
from subscriptions.models import AccessAgreement
from subscriptions.provisioning import principal_of, variant_for
from subscriptions.queries import agreement_or_404, named
from subscriptions.queries.logins import own_standing


def connect(reading: Reading) -> dict[str, Any]:
    """Give snippets, filled with the reader's own login where they have access."""
    port = reading.port
    if port is None:
        return {"port": None}
    agreement = (
        named(my_side(reading.actor))
        .select_related("grant__handle__port__product")
        .filter(port=port, state="active")
        .first()
        if reading.actor.signed_in
        else None
    )
    role, mine = _as_consumer(port, agreement)
    login = own_standing(reading.actor, agreement.pk) if agreement else ""
    standing = reading.standings.get(port.pk, Standing())
    return {
        "port": port,
        "ports": switch(reading, "connect"),
        "agreement": agreement,
        "role": role,
        "login_name": login,
        "read_as": read_as(mine, mine.relation),
        "standing": standing,
        "snippets": _snippets(mine, agreement, login),
        "api_url": f"{settings.BASE_URL}/api/v1/products/{reading.product.key}",
    }


def _snippets(
    port: OutputPort, agreement: AccessAgreement | None, login: str
) -> list[dict[str, str]]:
    """Fill in the reader's own things: the newest login that stands, their role on the port."""
    if agreement is None:
        return snippets(port)
    consumer = principal_of(agreement.grant)
    return snippets(
        port,
        login,
        handle=variant_for(agreement.grant.handle).handle(settings.PLATFORM_ENV),
        consumer=(consumer.kind, consumer.key),
    )


@require_POST
def connection_test(request: HttpRequest, agreement_id: Any) -> HttpResponse:
    """Connect now, as the consumer, and show what was allowed and what was refused."""
    actor = signed_in(request)
    if not my_side(actor).filter(pk=agreement_id).exists():
        raise NotFound
    agreement = agreement_or_404(actor, agreement_id)
    context: dict[str, Any] = {
        "agreement": agreement,
        "product": agreement.port.product,
        "back": f"{reverse('product', args=[agreement.port.product.key, 'connect'])}"
        f"?port={agreement.port.name}@{agreement.port.version_name}",
        "nav": "market",
    }
    status = 200
    try:
        found = try_connection(actor, agreement_id=agreement_id)
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        status, context = REFUSED, context | {"problem": words_of(refused)}
    else:
        probes = tried(asdict(found), now())
        checks = [
            {
                "state": "ok" if one["ok"] else "no",
                "title": one["title"],
                "detail": one["detail"],
            }
            for one in probes
        ]
        context |= {"found": found, "checks": checks}
    return show(request, "portal/product_test.html", context, part="tested", status=status)


def _as_consumer(port: OutputPort, agreement: AccessAgreement | None) -> tuple[str, OutputPort]:
    """Give the consumer's login on the platform, and the port under the name they read it by."""
    if agreement is None:
        return "", port
    mine = copy(port)
    mine.relation_name = variant_for(agreement.grant.handle).relation_name
    return principal_of(agreement.grant).role(settings.PLATFORM_ENV), mine
