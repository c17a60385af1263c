"""Changes of contracts: drafted, proposed, withdrawn. Releasing knows consumers: see above."""

from django_filters import CharFilter
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions import changes
from catalog.api import shapes
from catalog.api.bodies import ChangeBody
from catalog.queries.changes import change_or_404, visible_changes
from marketplace.kernel.errors import FieldProblem, Invalid, Stale
from marketplace.kernel.rest.bodies import Nothing
from marketplace.kernel.rest.endpoints import Endpoint, must
from marketplace.kernel.rest.filters import Filters, State
from marketplace.kernel.rest.operations import operation


class ChangeFilters(Filters):
    """Filters of changes."""

    state = State(help_text="Any of these states, by comma.")
    impact = State(help_text="MAJOR, MINOR or PATCH; by comma.")
    product = CharFilter(field_name="contract__product__key", help_text="A product's key.")
    contract = CharFilter(field_name="contract__key", help_text="A contract's id.")


class Changes(Endpoint):
    """Everything that will change, or has."""

    @operation(scope="read", gives=shapes.ChangeShown, page=True, filters=ChangeFilters)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """List changes of products the caller may know of, newest first."""
        return self.page(visible_changes(self.actor), shapes.ChangeShown)

    @operation(scope="publish", takes=ChangeBody, gives=shapes.ChangeShown, status=201, dry=True)
    def post(self, request: Request) -> Response:  # noqa: ARG002
        """Draft a change: the next version of a contract, compared with the one in force.

        Nobody is told until it is proposed.
        """
        given = self.body()
        text = given["text"] or given["contract"]
        must(text, Invalid(FieldProblem("/text", "required", "Send the contract's next version.")))
        return self.act(
            shapes.change,
            changes.propose_change,
            text=text,
            note=given["note"],
            effective_at=given["effective_at"],
            draft=True,
        )


class Change(Endpoint):
    """One change."""

    @operation(scope="read", gives=shapes.ChangeShown, match=True)
    def get(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002 - the address's name
        """Read a change with its differences."""
        return self.show(shapes.change(change_or_404(self.actor, id)))


class Propose(Endpoint):
    """Tell consumers."""

    @operation(scope="publish", takes=Nothing, gives=shapes.ChangeShown, match=True, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Propose a draft: exactly those whose access follows the contract are told."""
        self.body()
        must_be_current(self, id)
        return self.act(shapes.change, changes.announce_change, change_id=id)


class Withdraw(Endpoint):
    """Take a change back."""

    @operation(scope="publish", takes=Nothing, gives=shapes.ChangeShown, match=True, dry=True)
    def post(self, request: Request, id: str) -> Response:  # noqa: A002, ARG002
        """Say that a change will not come."""
        self.body()
        change_or_404(self.actor, id)
        run = changes.withdraw_change
        return self.act(shapes.change, run, change_id=id, version=self.version())


def must_be_current(view: Endpoint, change_id: str) -> None:
    """Refuse a change that the caller may not know of, or knows in an older version."""
    row, version = change_or_404(view.actor, change_id), view.version()
    if version is not None and version != row.version:
        raise Stale(version=row.version)
