"""One small world in which every action has something to act on, and the people who try.

Ana (team growth) reads Flight delays, which Olaf's team owns, and has asked for its port `crew`,
which holds personal data. `robot` is a service of Olaf's: a member of both teams, so that what it
may not do is refused because it is a program, or because its token has too few scopes.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from catalog.actions.apply import apply_bundle
from catalog.actions.platforms import register_platform
from catalog.models import DataProduct, OutputPort
from governance.actions.packs import install_packs
from marketplace.kernel.actors import NOBODY, OWNER, SYSTEM, Actor
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.identity.current import actor_of_token, actor_of_user
from marketplace.kernel.identity.models import Membership, Team
from subscriptions.actions.requests import Ask, request_access
from subscriptions.models import AccessAgreement
from tests import people as cast
from tests.factories import descriptors as make

DELAYS = "flight-operations.flight-delays"
TEXT = {"logicalType": "string", "physicalType": "text"}
ROLES: dict[str, str] = {
    "nobody": "has not signed in",
    "otto": "product owner of team flight-operations, whose account was deactivated",
    "sid": "has an account and no team",
    "ana": "member of team growth, which consumes",
    "olaf": "product owner of team flight-operations, which owns the product",
    "petra": "product owner of another team",
    "gus": "governance",
    "dana": "data protection officer",
    "pia": "operator",
    "robot": "service in growth and, as product owner, in flight-operations; every scope",
    "reader": "the same service by a token with the scope read alone",
    "system": "Emporion itself",
}


@dataclass(frozen=True)
class Scene:
    """The actors by role, and the rows to act on."""

    actors: dict[str, Actor]
    product: DataProduct
    agreement: AccessAgreement
    request: Any
    found: SimpleNamespace

    @property
    def grant(self) -> Any:
        return self.agreement.grant

    def user(self, name: str) -> Any:
        return get_user_model().objects.get(username=name)


def build() -> Scene:
    """Make the world, in the transaction of whoever calls."""
    install_packs(SYSTEM)
    actors = _people()
    _mesh()
    agreement_of = request_access(actors["ana"], ask=_ask("curated"))
    asked = request_access(actors["ana"], ask=_ask("crew"))
    agreement = AccessAgreement.objects.get(request=agreement_of)
    assert (agreement.state, asked.state) == ("pending", "in_review")
    return Scene(
        actors=actors,
        product=DataProduct.objects.get(key=DELAYS),
        agreement=agreement,
        request=asked,
        found=SimpleNamespace(port=OutputPort.objects.get(product__key=DELAYS, name="curated")),
    )


def deactivated() -> tuple[Any, str]:
    """Otto's account, and the token he still has."""
    otto = get_user_model().objects.get(username="otto")
    otto.is_active = True
    otto.save(update_fields=["is_active"])
    _, text = issue_token(SYSTEM, username="otto")
    otto.is_active = False
    otto.save(update_fields=["is_active"])
    return otto, text


def _people() -> dict[str, Actor]:
    users = get_user_model().objects
    actors = {"nobody": NOBODY, "otto": NOBODY, "system": SYSTEM}
    for actor in cast.EVERYBODY:
        user = users.create(
            username=actor.subject, roles=sorted(actor.roles), password="!",
            email=f"{actor.subject}@example.org",
        )  # fmt: skip
        actors[actor.subject] = replace(actor, user_id=user.pk)
    apply_bundle(
        SYSTEM,
        text=make.bundle(
            make.team("growth", {"ana": "member"}),
            make.team("flight-operations", {"olaf": "product_owner"}),
            make.team("customer", {"petra": "product_owner"}),
            make.team("empty"),
        ),
    )
    otto = users.create(username="otto", password="!", is_active=False)
    robot = users.create(
        username="robot", kind="service", sponsor=users.get(username="olaf"), password="!"
    )
    owners = Team.objects.get(slug="flight-operations")
    for user, team, role in (
        (otto, owners, OWNER),
        (robot, owners, OWNER),
        (robot, Team.objects.get(slug="growth"), "member"),
    ):
        Membership.objects.create(user=user, team=team, role=role)
    for name, scopes in (("robot", ("*",)), ("reader", ("read",))):
        _, text = issue_token(SYSTEM, username="robot", scopes=scopes)
        actors[name] = actor_of_token(text)
    assert actor_of_user(robot).memberships
    return {name: actors[name] for name in ROLES}


def _mesh() -> None:
    given = settings.WAREHOUSE
    facts = {name: given[name] for name in ("host", "database", "user")}
    register_platform(
        SYSTEM,
        key="warehouse",
        name="Warehouse",
        kind="postgres",
        config={**facts, "port": int(given["port"])},
        secret=given["password"],
    )
    curated = make.port(contract="flight-delays-curated")
    crew = make.port("crew", contract="flight-crew", resource="flight_operations.crew")
    apply_bundle(
        SYSTEM,
        text=make.bundle(
            make.domain("flight-operations"),
            make.domain("customer"),
            make.domain("bare", team="empty"),
            make.product(ports=[curated, crew]),
            make.contract(),
            make.contract("flight-crew", columns={"name": {**TEXT, "tags": ["pii"]}}),
        ),
    )


def _ask(port: str) -> Ask:
    return Ask(
        product=DELAYS,
        port=port,
        consumer_kind="team",
        consumer_key="growth",
        purpose="analytics",
        purpose_text="Weekly delay report",
        duration_days=90,
    )
