"""Agreements, what stands on platforms for them, and ways in."""

from typing import Any

from django_filters import BooleanFilter, CharFilter, UUIDFilter
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import NotFound
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation
from subscriptions.actions import agreements, owners_words
from subscriptions.actions.lab import credentials
from subscriptions.actions.parked import abandon
from subscriptions.actions.reopening import send_back
from subscriptions.actions.verifying import verify
from subscriptions.api import shapes
from subscriptions.api.bodies import CredentialsBody, NoteBody, RenewBody, RevokeBody
from subscriptions.models import Grant
from subscriptions.queries import agreement_or_404, visible_agreements, visible_grants


class AgreementFilters(Filters):
    """Filters of agreements."""

    state = State(help_text="Any of these states, by comma.")
    product = CharFilter(field_name="port__product__key", help_text="A product's key.")
    port = CharFilter(field_name="port__name", help_text="A port's name.")
    consumer = CharFilter(field_name="consumer_key", help_text="The consumer's id.")


class GrantFilters(Filters):
    """Filters of grants."""

    state = State(help_text="Any of these states, by comma.")
    product = CharFilter(field_name="agreement__port__product__key", help_text="A product's key.")
    agreement = UUIDFilter(field_name="agreement_id", help_text="An agreement's id.")
    needs_human = BooleanFilter(help_text="Only those that wait for a person.")


_FACTS: dict[str, Any] = {"gives": shapes.AgreementShown, "match": True, "dry": True}


class AccessAgreements(Endpoint):
    """Agreements of the caller's side, and on products that the caller answers for."""

    @operation(scope="read", gives=shapes.AgreementShown, page=True, filters=AgreementFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List access agreements, newest first."""
        return self.page(visible_agreements(self.actor), shapes.AgreementShown)


class AccessAgreementView(Endpoint):
    """One agreement."""

    @operation(scope="read", gives=shapes.AgreementShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read an agreement; it is active only after a proof, and ended only after a proof."""
        return self.show(shapes.agreement(agreement_or_404(self.actor, id)))


class Revoke(Endpoint):
    """Take access away."""

    @operation(**_FACTS, scope="decide", takes=RevokeBody)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Take access away, now or after some days of grace.

        It counts as revoked when the refusal was proven.
        """
        given = self.body()
        facts = {"agreement_id": id, "reason": given["reason"], "version": self.version()}
        if given["grace_days"] is None:
            return self.act(shapes.agreement, agreements.revoke, **facts)
        days = given["grace_days"]
        return self.act(shapes.agreement, owners_words.revoke_later, days=days, **facts)


class Terminate(Endpoint):
    """Give access back."""

    @operation(**_FACTS, scope="request", takes=NoteBody)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Give access back that is not needed any more."""
        return self.act(
            shapes.agreement,
            agreements.terminate,
            agreement_id=id,
            reason=self.body()["reason"],
            version=self.version(),
        )


class Suspend(Endpoint):
    """Hold access back."""

    @operation(**_FACTS, scope="decide", takes=NoteBody)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Hold access back for now; resuming gives exactly the same again."""
        return self.act(
            shapes.agreement,
            agreements.suspend,
            agreement_id=id,
            reason=self.body()["reason"],
            version=self.version(),
        )


class Resume(Endpoint):
    """Give it again."""

    @operation(**_FACTS, scope="decide", takes=Nothing)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Give suspended access again; it is active when it was proven again."""
        self.body()
        run = agreements.resume
        return self.act(shapes.agreement, run, agreement_id=id, version=self.version())


class Renew(Endpoint):
    """Longer."""

    @operation(**_FACTS, scope="request", takes=RenewBody)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Move the end, where a policy allowed the access; what people approved is asked anew."""
        days = self.body()["duration_days"]
        run = agreements.renew
        return self.act(
            shapes.agreement, run, agreement_id=id, duration_days=days, version=self.version()
        )


class Credentials(Endpoint):
    """A way in."""

    @operation(
        scope="query",
        takes=CredentialsBody,
        gives=shapes.CredentialsShown,
        kept=False,
    )
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Make a short-lived login for the consumer. The secret is shown once."""
        minutes = self.body()["minutes"]
        given = credentials(self.actor, agreement_id=id, minutes=minutes)
        answer = Response(shapes.CredentialsShown(given).data)
        answer["Cache-Control"] = "no-store"
        return answer


class Grants(Endpoint):
    """What stands on platforms."""

    @operation(scope="read", gives=shapes.GrantShown, page=True, filters=GrantFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List grants of agreements that the caller may see, newest first."""
        return self.page(visible_grants(self.actor), shapes.GrantShown)


class GrantView(Endpoint):
    """One grant."""

    @operation(scope="read", gives=shapes.GrantShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Read a grant with its evidence."""
        return self.show(shapes.grant(_grant(self.actor, id)))


class Verify(Endpoint):
    """Prove it again."""

    @operation(scope="request", takes=Nothing, gives=shapes.GrantShown, dry=True, status=202)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Ask for a new proof; a worker makes it, and the grant shows it."""
        self.body()
        return self.act(shapes.grant, verify, grant_id=id)


class SendBack(Endpoint):
    """Change it."""

    @operation(scope="decide", takes=NoteBody, gives=shapes.RequestShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Have the asking side change what could not be granted, and ask again."""
        return self.act(shapes.request, send_back, grant_id=id, note=self.body()["note"])


class Abandon(Endpoint):
    """Give it up."""

    @operation(scope="decide", takes=NoteBody, gives=shapes.GrantShown, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Stop what needs a person: end a grant, or close a removal on a person's word."""
        return self.act(shapes.grant, abandon, grant_id=id, reason=self.body()["reason"])


def _grant(actor: Actor, grant_id: str) -> Grant:
    row = visible_grants(actor).filter(pk=grant_id).first()
    if row is None:
        raise NotFound
    return row
