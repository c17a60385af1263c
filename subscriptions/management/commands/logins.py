"""Short-lived logins from the command line, as the system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError
from subscriptions.actions.logins import withdraw
from subscriptions.queries.logins import standing, visible_logins

_SHOWN = 200


class Command(BaseCommand):
    """List the ledger, or drop one login on its platform."""

    help = "Short-lived logins: list [--person NAME], revoke ID --reason WORDS."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which."""
        parser.add_argument("what", choices=["list", "revoke"])
        parser.add_argument("id", nargs="?", default="", help="A login's id.")
        parser.add_argument("--person", default="", help="Only those of this account.")
        parser.add_argument("--reason", default="", help="Why; needed to revoke.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["what"] == "list":
            self._list(options["person"])
            return
        try:
            row = withdraw(SYSTEM, login_id=options["id"], reason=options["reason"])
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None
        self.stdout.write(f"{row.login}: {row.state}; {row.proof.get('read_back', '')}")

    def _list(self, person: str) -> None:
        rows, moment = visible_logins(SYSTEM), now()
        for row in rows.filter(person=person)[:_SHOWN] if person else rows[:_SHOWN]:
            port = row.agreement.port
            self.stdout.write(
                f"{row.pk} {row.person:<12} {standing(row, moment):<11} {row.login:<48} "
                f"until {row.expires_at:%Y-%m-%d %H:%M} {port.product.key}/{port.name}"
            )
