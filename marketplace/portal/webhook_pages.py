"""One's webhooks: who is told of which events, and what was sent."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.events.log import TYPES
from marketplace.kernel.identity.current import signed_in
from marketplace.portal import shown_once
from marketplace.portal.form_code import as_code
from marketplace.portal.pages import REFUSED, attempt, blame, show
from marketplace.portal.settings_pages import section_links
from subscriptions.actions import webhooks as acting
from subscriptions.models import WebhookEndpoint
from subscriptions.queries import deliveries_of, my_webhooks

_SHOWN: Final = 100
_FIELDS: Final = {"/url": "url", "/types": "types", "/product": "product"}
_WORDED: Final = {
    "pause": "Paused; nothing is sent until you resume it.",
    "resume": "It is told again from now on.",
    "test": "A test event is on its way; look at the log below.",
    "remove": "The webhook is removed, with its log.",
}


class WebhookForm(forms.Form):
    """Where signed events go, and which."""

    url = forms.URLField(
        label="Address",
        max_length=500,
        assume_scheme="https",
        help_text="Events are sent to it as signed POST requests (Standard Webhooks).",
    )
    description = forms.CharField(label="What it is for", max_length=200, required=False)
    types = forms.MultipleChoiceField(
        label="Which events",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means every event that you may read.",
    )
    product = forms.CharField(
        label="Only of one product",
        max_length=161,
        required=False,
        help_text="Its key, such as flight-operations.flight-delays.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["types"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(prefix, f"{prefix}*") for prefix in prefixes()]


def prefixes() -> list[str]:
    """Give the families of events: the first word of each type, with its dot."""
    return sorted({f"{name.partition('.')[0]}." for name in TYPES})


@require_http_methods(["GET", "HEAD", "POST"])
def settings_webhooks(request: HttpRequest) -> HttpResponse:
    """List one's webhooks, and make one; its secret is shown on the next page and never again."""
    actor = signed_in(request)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    status = 200
    code = as_code("POST", "webhooks", _body(form)) if "code" in request.POST else None
    if request.method == "POST" and code is None:
        status = REFUSED
        if form.is_valid():
            try:
                endpoint, secret = acting.create(actor, **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as refused:
                blame(form, refused, _FIELDS)
            else:
                _keep(request, endpoint, secret)
                return redirect("webhook", endpoint.pk)
    context = {"form": form, "webhooks": list(my_webhooks(actor)[:_SHOWN]), "code": code}
    return _page(request, "settings_webhooks", context, status=status)


def _body(form: WebhookForm) -> dict[str, Any]:
    """Give what stands in the form, whether it is right or not, as the API takes it."""
    said = {name: str(form[name].value() or "") for name in ("url", "description", "product")}
    return {**said, "types": list(form["types"].value() or [])}


@require_safe
def webhook(request: HttpRequest, endpoint_id: Any) -> HttpResponse:
    """Show one webhook with its delivery log."""
    actor = signed_in(request)
    endpoint = _own(actor, endpoint_id)
    context = {
        "endpoint": endpoint,
        "secret": shown_once.take(request),
        "deliveries": list(deliveries_of(endpoint)[:_SHOWN]),
    }
    return _page(request, "settings_webhook", context)


@require_POST
def webhook_move(request: HttpRequest, endpoint_id: Any, move: str) -> HttpResponse:
    """Pause, resume, test, rotate or remove a webhook."""
    actor = signed_in(request)
    endpoint = _own(actor, endpoint_id)
    if move == "rotate":
        made = attempt(request, lambda: acting.rotate(actor, endpoint_id=endpoint.pk))
        if made is not None:
            _keep(request, *made)
        return redirect("webhook", endpoint.pk)
    if move in ("pause", "resume"):
        attempt(
            request,
            lambda: acting.change(
                actor, endpoint_id=endpoint.pk, wanted={"active": move == "resume"}
            ),
            _WORDED[move],
        )
    elif move == "test":
        attempt(request, lambda: acting.test(actor, endpoint_id=endpoint.pk), _WORDED[move])
    elif move == "remove":
        attempt(request, lambda: acting.remove(actor, endpoint_id=endpoint.pk), _WORDED[move])
        return redirect("settings_webhooks")
    else:
        raise NotFound
    return redirect("webhook", endpoint.pk)


@require_POST
def webhook_replay(request: HttpRequest, endpoint_id: Any, delivery_id: Any) -> HttpResponse:
    """Send one delivery again."""
    actor = signed_in(request)
    attempt(
        request,
        lambda: acting.replay(actor, endpoint_id=endpoint_id, delivery_id=delivery_id),
        "It is being sent again.",
    )
    return redirect("webhook", endpoint_id)


def _keep(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> None:
    shown_once.keep(
        request,
        title="Signing secret",
        value=secret,
        text=f"Check the signature of what {endpoint.url} gets with it.",
    )


def _own(actor: Actor, endpoint_id: Any) -> WebhookEndpoint:
    endpoint = my_webhooks(actor).filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound
    return endpoint


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    whole = context | {
        "sections": section_links(),
        "section": "settings_webhooks",
        "nav": "settings",
    }
    response = show(request, f"portal/{template}.html", whole, status=status)
    if whole.get("secret"):
        response["Cache-Control"] = "no-store"
    return response
