"""The first run: what a person is here for, three products to start with, and a query at once."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from catalog.permissions import may_describe
from catalog.queries import visible_products
from catalog.states import Status
from marketplace.kernel.actors import OPERATOR, Actor
from marketplace.kernel.errors import DomainError, NotFound, SignInFirst
from marketplace.kernel.identity.actions import change_profile
from marketplace.kernel.identity.current import signed_in
from marketplace.kernel.identity.models import User
from marketplace.portal.lab_files import as_text
from marketplace.portal.lab_refusals import refusal
from marketplace.portal.pages import REFUSED, attempt, show
from marketplace.portal.starters import Trial, starters, trial
from subscriptions.actions import sandbox
from subscriptions.actions.demo import order_demo
from subscriptions.queries.demo import demo_standing

_SHOWN_ROWS: Final = 8
VIEWS: Final = (
    ("consumer", "search", "Find and use data", "Home begins with what you asked for and read."),
    ("owner", "package", "Offer data", "Home begins with requests that wait for your answer."),
    ("steward", "scale", "Look after the rules", "Home begins with proofs and open decisions."),
    ("operator", "server", "Run the instance", "Home begins with platforms and queues."),
)


@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Ask what the reader is here for, and keep the answer: it changes home, never a right."""
    actor = signed_in(request)
    if request.method == "POST":
        chosen = request.POST.get("here_for", "")
        attempt(request, lambda: change_profile(actor, here_for=chosen))
        return redirect("home" if chosen == "all" else "welcome")
    return show(request, "portal/welcome.html", _context(request, actor))


@require_POST
def welcome_try(request: HttpRequest) -> HttpResponse:
    """Run the query of the page on invented rows, and show them in place."""
    actor = signed_in(request)
    context = _context(request, actor)
    asked: Trial | None = context["trial"]
    if asked is None:
        raise NotFound
    status = 200
    try:
        rows = sandbox.run(
            actor,
            product=asked.port.product.key,
            port=asked.port.name,
            version=asked.port.version_name,
            sql=asked.sql,
        )
    except (NotFound, SignInFirst):
        raise
    except DomainError as refused:
        context["refused"], status = refusal(refused), REFUSED
    else:
        context["rows"] = rows
        context["cells"] = [
            [None if value is None else as_text(value) for value in line]
            for line in rows.rows[:_SHOWN_ROWS]
        ]
    return show(request, "portal/welcome.html", context, part="tried", status=status)


@require_POST
def welcome_demo(request: HttpRequest) -> HttpResponse:
    """Have a worker load the demo mesh into an empty instance."""
    actor = signed_in(request)
    attempt(request, lambda: order_demo(actor), "A worker loads the demo mesh now.")
    return redirect("welcome")


def _context(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    account = request.user if isinstance(request.user, User) else None
    chosen = account.here_for if account else ""
    offered = visible_products(actor).filter(status=Status.ACTIVE).exists()
    rows = starters(actor) if offered else []
    demo = demo_standing() if not offered and actor.holds(OPERATOR) else None
    return {
        "demo": demo,
        "name": actor.name,
        "views": [
            {"value": value, "icon": icon, "title": title, "text": text, "on": value == chosen}
            for value, icon, title, text in VIEWS
        ],
        "chosen": chosen,
        "offered": offered,
        "starters": rows,
        "trial": trial(actor, [one["key"] for one in rows]) if offered else None,
        "describes": may_describe(actor),
        "nav": "welcome",
    }
