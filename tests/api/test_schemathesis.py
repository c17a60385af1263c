"""The whole API against its own description: no crash, and no answer that is not documented.

Every operation is called with what its description allows and with what it does not, by Ana and
by Olaf, about things that exist and about things that do not. `EMPORION_FUZZ` asks for more
examples per operation and person.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup

from marketplace.kernel.actors import SYSTEM
from subscriptions.actions.notices import tell
from subscriptions.models import AccessAgreement, Notice
from subscriptions.notices import Draft
from tests.factories import descriptors as make

EXAMPLES = int(os.environ.get("EMPORION_FUZZ", "2"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    verbosity=Verbosity.quiet,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ASKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
LEAST = {GenerationMode.POSITIVE: 90, GenerationMode.NEGATIVE: 60}
ASK = {
    "port": "curated",
    "consumer": {"kind": "team", "id": "growth"},
    "purpose": "analytics",
}
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def known(api, mesh, ana) -> dict[str, str]:
    """Something real behind every kind of address."""
    asked = api.ana.post(
        "/access-requests",
        ASK | {"product": "customer.bookings", "port": "full", "purpose_text": "Why."},
    ).json
    granted = api.ana.post(
        "/access-requests", ASK | {"product": "flight-operations.flight-delays"}
    ).json
    hook = api.ana.post("/webhooks", {"url": "https://example.org/hook"}).json
    change = api.olaf.post(
        "/changes", {"text": make.contract(version="2.0.0", columns={"flight_id": {}})}
    ).json
    tell(
        SYSTEM,
        draft=Draft("DATA_UPDATE", "New flights", "Restated.", "/", "known-1"),
        people=[ana.user_id],
    )
    agreement = AccessAgreement.objects.get(pk=granted["agreement"]["id"])
    return {
        "access-requests": asked["id"],
        "access-agreements": str(agreement.pk),
        "grants": str(agreement.grant.pk),
        "webhooks": hook["id"],
        "changes": change["id"],
        "notices": str(Notice.objects.get(client_token="known-1").pk),
        "products": "flight-operations.flight-delays",
        "follows": "flight-operations.flight-delays",
        "queries": "flight-operations.flight-delays:curated:late",
        "domains": "flight-operations",
        "teams": "growth",
    }


@pytest.fixture
def app() -> Iterator[Any]:
    """The WSGI application, told to keep the connection that holds the test's transaction.

    Asked for last: Django's own test client connects these signals again.
    """
    watched = (signals.request_started, signals.request_finished)
    for signal in watched:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in watched:
        signal.connect(close_old_connections)


def operations(document: Any) -> Iterator[Any]:
    for found in document.get_all_operations():
        yield found.ok()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_documented_and_nothing_crashes(api, known, app, mode):
    load_all_checks()
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    calls = Calls(known, [api.ana.token, api.olaf.token])

    for operation in operations(document):
        calls.run(operation, mode)

    assert calls.wrong == [], "\n\n".join(calls.wrong[:40])
    assert len(calls.made) > LEAST[mode]


class Calls:
    """Call operations with examples, and keep what went wrong."""

    def __init__(self, known: dict[str, str], tokens: list[str]) -> None:
        self.known, self.tokens = known, tokens
        self.made: set[str] = set()
        self.wrong: list[str] = []
        self.checks = [CHECKS.get_one(name) for name in ASKED]

    def run(self, operation: Any, mode: GenerationMode) -> None:
        @seed(7)
        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def examples(case: Case) -> None:
            self.call(case)

        try:
            examples()
        except Unsatisfiable:  # nothing can be wrong with an operation that takes nothing
            return

    def call(self, case: Case) -> None:
        self.made.add(case.operation.label)
        if len(self.made) % 4:
            _point_at(case, self.known)
        for token in self.tokens:
            case.headers = {**dict(case.headers or {}), "Authorization": f"Bearer {token}"}
            try:
                case.call_and_validate(checks=self.checks)
            except (FailureGroup, Failure) as found:
                self.wrong.append(f"{case.operation.label}: {found}"[:1500])


def _point_at(case: Case, known: dict[str, str]) -> None:
    """Let the case speak of things that exist."""
    parameters = dict(case.path_parameters or {})
    family = case.operation.path.removeprefix("/api/v1/").split("/")[0]
    for name in parameters:
        if name in ("id", "key", "slug") and family in known:
            parameters[name] = known[family]
        elif name == "name":
            parameters[name] = "curated"
    case.path_parameters = parameters
