"""People who leave, from the command line, as the system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actions import rehearse
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from subscriptions.actions.leavers import deactivate, reactivate
from subscriptions.models import Departure


class Command(BaseCommand):
    """Say what a departure would hit, deactivate an account, or let it sign in again."""

    help = "A leaver: preview | deactivate | reactivate USERNAME --reason WORDS."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with whom."""
        parser.add_argument("what", choices=["preview", "deactivate", "reactivate"])
        parser.add_argument("username", help="An account's name.")
        parser.add_argument("--reason", default="", help="Why; a preview needs none.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, and say what it hit."""
        name, reason = options["username"], options["reason"]
        try:
            if options["what"] == "preview":
                hits = rehearse(_hits, deactivate, SYSTEM, username=name, reason="A preview.")
                self._print("Would be hit", hits)
            elif options["what"] == "deactivate":
                hits = deactivate(SYSTEM, username=name, reason=reason).hits
                self._print("Was hit", hits)
            else:
                reactivate(SYSTEM, username=name, reason=reason)
                self.stdout.write(f"{name} may sign in again, without anything from before.")
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None

    def _print(self, words: str, hits: dict[str, list[Any]]) -> None:
        self.stdout.write(f"{words}:")
        for kind, found in hits.items():
            for one in found:
                text = one if isinstance(one, str) else f"{one[0]} {one[1]} -> {one[2]}"
                self.stdout.write(f"  {kind:<10} {text}")


def _hits(row: Departure) -> dict[str, list[Any]]:
    return dict(row.hits)
