"""Who reads a product: agreements with their proof and use, and the ways to end them."""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from catalog.permissions import may_edit_product
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import states
from marketplace.portal.form_code import as_code, show_code
from marketplace.portal.owner import crumbs, owned
from marketplace.portal.owner_queries import agreements_on, use_of
from marketplace.portal.pages import attempt, show, uuid_or_none
from marketplace.portal.rows import hue_class
from subscriptions.actions import agreements as acting
from subscriptions.actions import owners_words
from subscriptions.models import AccessAgreement
from subscriptions.permissions import may_message, may_revoke
from subscriptions.queries import agreement_or_404, consumer_count, names_of
from subscriptions.states import AGREEMENT, LIVE_AGREEMENT, AgreementState

_SHOWN: Final = 50
_FEW: Final = 8  # up to here a filter costs more than it spares
_HELD: Final = (*LIVE_AGREEMENT, AgreementState.FAILED)


class ConsumersForm(forms.Form):
    """Which consumers are shown. Every field narrows; all are part of the address."""

    who = forms.CharField(label="Consumer", required=False, max_length=161)
    port = forms.ChoiceField(label="Port", required=False)
    state = forms.ChoiceField(label="State", required=False)

    def __init__(self, given: Any, ports: list[str]) -> None:
        super().__init__(given)
        held = [(state.value, states.look("agreement", state.value).label) for state in _HELD]
        for name, choices in (("port", [(port, port) for port in ports]), ("state", held)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "any"), *choices]

    def narrowed(self, rows: QuerySet[AccessAgreement]) -> QuerySet[AccessAgreement]:
        """Leave what was asked for; a consumer is found by a part of its name or key."""
        given = self.cleaned_data if self.is_valid() else {}
        if who := given.get("who"):
            rows = rows.filter(Q(consumer_key__icontains=who) | Q(consumer_name__icontains=who))
        if port := given.get("port"):
            rows = rows.filter(port__name=port)
        if state := given.get("state"):
            rows = rows.filter(state=state)
        return rows


@require_safe
def consumers(request: HttpRequest, key: str) -> HttpResponse:
    """Show every agreement on a product: state, proof, use; and the ways to end it."""
    actor = signed_in(request)
    product = owned(actor, key)
    rows = agreements_on(actor, product)
    held = rows.filter(state__in=_HELD)
    ports = sorted(set(held.order_by().values_list("port__name", flat=True).distinct()))
    form = ConsumersForm(request.GET, ports)
    found = form.narrowed(held)
    if before := uuid_or_none(request.GET.get("before", "")):
        found = found.filter(pk__lt=before)
    page = list(found[: _SHOWN + 1])
    kept = {name: value for name in form.fields if (value := request.GET.get(name, ""))}
    address = reverse("consumers", args=[key])
    context = {
        "product": product,
        "hue_class": hue_class(product.domain.hue),
        "crumbs": crumbs(product, "Consumers"),
        "form": form,
        "filtered": bool(kept),
        "many": bool(before) or len(page) > _FEW,
        "held": [_agreement(actor, row) for row in page[:_SHOWN]],
        "newer": f"{address}?{urlencode(kept)}" if before else "",
        "older": _older(address, page[_SHOWN - 1], kept) if len(page) > _SHOWN else "",
        "ended": list(rows.exclude(state__in=_HELD)[:_SHOWN]),
        "proven": consumer_count(product),
        "use": use_of([product.pk], timezone.now().date()),
        "may_edit": may_edit_product(actor, product),
        "may_message": may_message(actor, product),
        "ports": ports,
        "here": "consumers",
        "nav": "owner",
    }
    return show(request, "portal/owner_consumers.html", context)


@require_POST
def agreement_move(request: HttpRequest, agreement_id: Any, move: str) -> HttpResponse:
    """Revoke, suspend or resume an agreement."""
    actor = signed_in(request)
    row = agreement_or_404(actor, agreement_id)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    names = names_of([(row.consumer_kind, row.consumer_key)])
    called = names.get((row.consumer_kind, row.consumer_key), row.consumer_key)
    who = f"{called} on {row.port.name}"
    grace = request.POST.get("grace", "")
    if "code" in request.POST and move in ("revoke", "suspend"):
        body = {"reason": reason} | ({"grace_days": int(grace)} if grace.isdecimal() else {})
        code = as_code("POST", f"access-agreements/{row.pk}/{move}", body)
        return show_code(request, code, reverse("consumers", args=[row.port.product.key]))
    if move == "revoke" and grace.isdecimal() and len(grace) < 5:  # noqa: PLR2004 - days
        attempt(
            request,
            lambda: owners_words.revoke_later(
                actor, agreement_id=row.pk, reason=reason, days=int(grace)
            ),
            f"The access of {who} ends in {grace} days; its people are told now.",
        )
    elif move == "revoke":
        attempt(
            request,
            lambda: acting.revoke(actor, agreement_id=row.pk, reason=reason),
            f"The access of {who} is being taken away; it counts as revoked once that is proven.",
        )
    elif move == "suspend":
        attempt(
            request,
            lambda: acting.suspend(actor, agreement_id=row.pk, reason=reason),
            f"The access of {who} is suspended; a worker takes it away now.",
            undo=reverse("agreement_move", args=[row.pk, "resume"]),
        )
    elif move == "resume":
        attempt(
            request,
            lambda: acting.resume(actor, agreement_id=row.pk),
            f"The access of {who} is being given again.",
        )
    else:
        raise NotFound
    return redirect("consumers", row.port.product.key)


@require_POST
def message(request: HttpRequest, key: str) -> HttpResponse:
    """Write to the consumers of a product, or of the ports that were picked."""
    actor = signed_in(request)
    sent = {
        name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("title", "text")
    }
    ports = request.POST.getlist("ports")
    if "code" in request.POST:
        code = as_code("POST", f"products/{key}/messages", {**sent, "ports": ports})
        return show_code(request, code, reverse("consumers", args=[key]))
    attempt(
        request,
        lambda: owners_words.message_consumers(actor, key=key, ports=ports, **sent),
        "Your words are on their way: to each inbox, and by mail to those who want it.",
    )
    return redirect("consumers", key)


def _agreement(actor: Actor, row: AccessAgreement) -> dict[str, Any]:
    """Give one agreement with its evidence and what this reader may do to it."""
    may = may_revoke(actor, row)
    grant = row.grant
    return {
        "agreement": row,
        "code_place": f"code-{row.pk}",
        "grant": grant,
        "level": grant.evidence.get("level", "") if grant.evidence else "",
        "trouble": grant.diagnostics or grant.handle.waits_for,
        "may_revoke": may and AGREEMENT.allows("end", row.state),
        "may_suspend": may and AGREEMENT.allows("suspend", row.state),
        "may_resume": may and AGREEMENT.allows("resume", row.state),
    }


def _older(address: str, last: AccessAgreement, kept: dict[str, str]) -> str:
    return f"{address}?{urlencode(kept | {'before': str(last.pk)})}"
