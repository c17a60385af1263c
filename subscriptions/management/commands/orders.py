"""Orders to platforms that others change, from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User
from subscriptions.actions.orders import answer_order, orders_for

_OUTCOMES = ("done", "failed", "refused", "cancelled")


class Command(BaseCommand):
    """List the newest orders as the system, show one, or say as a person what became of it."""

    help = (
        "Orders: list [--platform KEY] | show HANDLE | done HANDLE --generation N --person NAME | "
        "failed, refused or cancelled HANDLE --generation N --person NAME --words WORDS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which."""
        parser.add_argument("what", choices=["list", "show", *_OUTCOMES])
        parser.add_argument("handle", nargs="?", default="", help="As the list names it.")
        parser.add_argument("--platform", default="", help="Only those of this connection.")
        parser.add_argument("--generation", type=int, default=0, help="Which order is answered.")
        parser.add_argument("--person", default="", help="Who says so: an owner or an operator.")
        parser.add_argument("--words", default="", help="Why; needed unless it is done.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["what"] == "list":
            self._list(options["platform"])
        elif options["what"] == "show":
            self._show(options["handle"])
        else:
            self._answer(options)

    def _list(self, platform: str) -> None:
        for one in orders_for(SYSTEM, platform=platform):
            port = one.handle.port
            self.stdout.write(
                f"{one.handle.name:<40} {one.generation:>4} {one.outcome or 'open':<9} "
                f"{port.product.key}/{port.name}"
            )

    def _show(self, handle: str) -> None:
        for one in orders_for(SYSTEM):
            if one.handle.name == handle:
                self.stdout.write(one.text)
                return
        raise CommandError("No order of this handle.")

    def _answer(self, options: dict[str, Any]) -> None:
        person = User.objects.filter(username=options["person"], is_active=True).first()
        if person is None:
            raise CommandError("Name an active account with --person.")
        try:
            told = answer_order(
                actor_of_user(person, via="cli"),
                handle=options["handle"],
                generation=options["generation"],
                outcome=options["what"],
                words=options["words"],
            )
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None
        self.stdout.write(f"{told.handle.name} {told.generation}: {told.outcome} by {told.by}")
