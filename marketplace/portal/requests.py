"""Ask for access: the drawer that says what will happen, and the page that shows what did."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import DataProduct, OutputPort
from catalog.queries import ports_of
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.web import words
from marketplace.kernel.web.fragments import drawer_frame
from marketplace.portal.foretell import Foretold, badges, foretell
from marketplace.portal.form_code import as_code
from marketplace.portal.pages import REFUSED, attempt, blame, show
from marketplace.portal.product import readable
from marketplace.portal.product_queries import columns_by_port
from marketplace.portal.queries import last_purpose, port_standings
from marketplace.portal.request_state import shown
from subscriptions.actions import requests as asking
from subscriptions.consumers import Consumer, choices_of
from subscriptions.queries import request_or_404

DAYS: Final = (30, 90, 180, 365)
USUAL_DAYS: Final = 90
_FIELDS: Final = {
    "/consumer": "consumer",
    "/purpose_text": "purpose_text",
    "/purpose": "purpose",
    "/duration_days": "days",
    "/end_at": "days",
    "/port": "port",
}


class AskForm(forms.Form):
    """What one fills in to ask for a port."""

    port = forms.ChoiceField(label="Which port")
    consumer = forms.ChoiceField(label="For")
    days = forms.TypedChoiceField(label="Until", coerce=int)
    purpose = forms.ChoiceField(label="Purpose", choices=list(asking.PURPOSES.items()))
    purpose_text = forms.CharField(
        label="What will you do with it?",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The owner reads this first. One or two sentences are enough.",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        ports: list[OutputPort],
        consumers: list[Consumer],
        initial: dict[str, Any],
    ) -> None:
        super().__init__(data, initial=initial, auto_id="ask_%s")
        now = timezone.now()
        choices: dict[str, list[tuple[Any, str]]] = {
            "port": [(value_of(port), port.name) for port in ports],
            "consumer": [(f"{c.kind}:{c.key}", _consumer_words(c)) for c in consumers],
            "days": [
                (days, f"{days} days, {words.day(now + timedelta(days=days))}") for days in DAYS
            ],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options

    def chosen(self, name: str) -> str:
        """Give what stands in a field now, right or wrong."""
        return str(self[name].value() or "")


@require_http_methods(["GET", "HEAD", "POST"])
def request_drawer(request: HttpRequest, key: str) -> HttpResponse:
    """Show the form with its verdict; take it."""
    actor = signed_in(request)
    product = readable(actor, key)
    form, ports = _form(request, actor, product)
    status = 200
    if request.method == "POST" and "check" not in request.POST:
        status = REFUSED
        if form.is_valid():
            try:
                asked = asking.request_access(actor, ask=_ask(product, form))
            except NotFound:
                raise
            except DomainError as refused:
                blame(form, refused, _FIELDS)
            else:
                return redirect("request_page", asked.pk)
    context = _drawer(request, actor, product, form, ports)
    return show(request, "portal/request_drawer.html", context, status=status)


@require_POST
def request_verdict(request: HttpRequest, key: str) -> HttpResponse:
    """Say what would happen to what is filled in so far. Nothing is created."""
    actor = signed_in(request)
    product = readable(actor, key)
    form, _ = _form(request, actor, product)
    context = {
        "foretold": _foretold(actor, product, form),
        "code": _code(product, form),
        "live": True,
    }
    return show(request, "portal/request_drawer.html#foretold", context)


@require_safe
def request_page(request: HttpRequest, request_id: Any) -> HttpResponse:
    """Show where a request stands; its state alone while it is followed."""
    actor = signed_in(request)
    context = shown(actor, request_or_404(actor, request_id))
    return show(request, "portal/request.html", {**context, "nav": "access"}, part="state")


@require_POST
def request_move(request: HttpRequest, request_id: Any, move: str) -> HttpResponse:
    """Take back, change, accept an offer, or say a word."""
    actor = signed_in(request)
    given = request.POST
    if move == "withdraw":
        attempt(
            request,
            lambda: asking.withdraw(actor, request_id=request_id),
            "The request was taken back.",
        )
    elif move == "accept":
        attempt(
            request,
            lambda: asking.accept_counter(actor, request_id=request_id),
            "You took the offer; what follows stands below.",
        )
    elif move == "resubmit":
        attempt(
            request,
            lambda: asking.resubmit(
                actor,
                request_id=request_id,
                purpose_text=_clean(given.get("purpose_text", "")),
                duration_days=_days(given.get("days", "")),
            ),
            "The request was sent again.",
        )
    elif move == "comment":
        text = _clean(given.get("text", ""))
        attempt(request, lambda: asking.comment(actor, request_id=request_id, text=text))
    else:
        raise NotFound
    return redirect("request_page", request_id)


def value_of(port: OutputPort) -> str:
    """Name a port in a form: its name and version."""
    return f"{port.name}@{port.version_name}"


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _days(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 5 else None  # noqa: PLR2004 - 9,999 days


def _consumer_words(consumer: Consumer) -> str:
    if consumer.kind == "user":
        return f"{consumer.name} (only me)"
    return f"{consumer.name} (team)" if consumer.kind == "team" else consumer.name


def _form(
    request: HttpRequest, actor: Actor, product: DataProduct
) -> tuple[AskForm, list[OutputPort]]:
    """Fill the form from what was sent, else from the address, the last purpose, the contract."""
    ports = ports_of(product.pk)
    for port in ports:
        port.product = product
    if not ports:
        raise NotFound
    people = choices_of(actor)
    data = request.POST if request.method == "POST" else None
    initial = {} if data is not None else _initial(request, actor, ports, people)
    return AskForm(data, ports=ports, consumers=people, initial=initial), ports


def _initial(
    request: HttpRequest, actor: Actor, ports: list[OutputPort], people: list[Consumer]
) -> dict[str, Any]:
    given = request.GET
    name, _, version = given.get("port", "").partition("@")
    named = [p for p in ports if p.name == name and version in ("", p.version_name)]
    port = (named or [p for p in ports if p.provisioned] or ports)[0]
    facts: dict[str, Any] = port.contract.facts if port.contract else {}
    allowed = list(facts.get("purposes", ())) or list(asking.PURPOSES)
    before = given.get("purpose") or last_purpose(actor)
    longest = facts.get("max_duration_days") or USUAL_DAYS
    fitting = [days for days in DAYS if days <= min(longest, USUAL_DAYS)]
    return {
        "port": value_of(port),
        "consumer": given.get("consumer") or f"{people[0].kind}:{people[0].key}",
        "days": given.get("days") or (fitting or [DAYS[0]])[-1],
        "purpose": before if before in allowed else allowed[0],
        "purpose_text": given.get("purpose_text", ""),
    }


def _ask(product: DataProduct, form: AskForm) -> asking.Ask:
    """Shape what stands in the form as an ask, whether it is right or not."""
    name, _, version = form.chosen("port").partition("@")
    kind, _, key = form.chosen("consumer").partition(":")
    return asking.Ask(
        product=product.key,
        port=name,
        version=version or None,
        consumer_kind=kind,
        consumer_key=key,
        purpose=form.chosen("purpose"),
        purpose_text=_clean(form.chosen("purpose_text")),
        duration_days=_days(form.chosen("days")),
    )


def _foretold(actor: Actor, product: DataProduct, form: AskForm) -> Foretold:
    known = {str(value) for value, _ in form.fields["consumer"].choices}  # type: ignore[attr-defined]
    if form.chosen("consumer") not in known:
        return Foretold("unknown", "Choose for whom")
    try:
        return foretell(actor, _ask(product, form))
    except NotFound:
        return Foretold("unknown", "Choose a port to see what will happen")
    except Invalid as wrong:
        return Foretold("unknown", str(wrong))


def _code(product: DataProduct, form: AskForm) -> list[dict[str, str]]:
    """Give the form as the call that asks for the same."""
    ask = _ask(product, form)
    body = {
        "product": ask.product,
        "port": ask.port,
        "version": ask.version,
        "consumer": {"kind": ask.consumer_kind, "id": ask.consumer_key},
        "purpose": ask.purpose,
        "purpose_text": ask.purpose_text,
        "duration_days": ask.duration_days,
    }
    said = {name: value for name, value in body.items() if value not in (None, "")}
    return as_code("POST", "access-requests", said)


def _drawer(
    request: HttpRequest,
    actor: Actor,
    product: DataProduct,
    form: AskForm,
    ports: list[OutputPort],
) -> dict[str, Any]:
    columns = columns_by_port(ports)
    seen = badges(actor, product, ports, columns, port_standings(actor, product))
    port_now, purpose_now = form.chosen("port"), form.chosen("purpose")
    return {
        "frame": drawer_frame(request),
        "inside": drawer_frame(request) != "drawer_page.html",
        "eyebrow": "Request access",
        "title": product.name,
        "close": reverse("product", args=[product.key]),
        "product": product,
        "form": form,
        "foretold": _foretold(actor, product, form),
        "code": _code(product, form),
        "ports": [
            {
                "value": value_of(port),
                "title": port.name if port.version_name == "1" else value_of(port),
                "text": _port_words(port, len(columns[port.pk])),
                "note": seen[port.pk]["label"],
                "instant": seen[port.pk]["icon"] == "zap",
                "on": value_of(port) == port_now,
                "disabled": not port.provisioned,
            }
            for port in ports
        ],
        "purposes": [
            {"value": code, "label": label, "on": code == purpose_now}
            for code, label in asking.PURPOSES.items()
        ],
        "nav": "market",
    }


def _port_words(port: OutputPort, columns: int) -> str:
    parts = ["1 column" if columns == 1 else f"{columns} columns"] if columns else []
    parts.append("personal data" if port.personal_data else "no personal data")
    parts.append(port.classification)
    return ", ".join(parts) if columns else port.description
