"""Short-lived logins from the command line: the ledger as the system, a new one as its person."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User
from subscriptions.actions.lab import credentials
from subscriptions.actions.logins import withdraw
from subscriptions.queries.logins import standing, visible_logins

_SHOWN = 200


class Command(BaseCommand):
    """List the ledger, drop one login on its platform, or make one."""

    help = (
        "Short-lived logins: list [--person NAME], revoke ID --reason WORDS, "
        "make AGREEMENT --person NAME [--minutes 60] [--save FOLDER]."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which."""
        parser.add_argument("what", choices=["list", "revoke", "make"])
        parser.add_argument("id", nargs="?", default="", help="A login's id, or an agreement's.")
        parser.add_argument("--person", default="", help="Only those of this account; or for whom.")
        parser.add_argument("--reason", default="", help="Why; needed to revoke.")
        parser.add_argument("--minutes", type=int, default=60, help="How long it lives, to 720.")
        parser.add_argument("--save", default="", help="A folder for the files that clients read.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["what"] == "list":
            self._list(options["person"])
            return
        try:
            if options["what"] == "make":
                self._make(options)
                return
            row = withdraw(SYSTEM, login_id=options["id"], reason=options["reason"])
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None
        self.stdout.write(f"{row.login}: {row.state}; {row.proof.get('read_back', '')}")

    def _make(self, options: dict[str, Any]) -> None:
        """Print everything that is handed out, once; files go into a folder, for oneself alone."""
        holder = User.objects.filter(username=options["person"], is_active=True).first()
        if holder is None:
            raise CommandError("Name an active account with --person.")
        actor = actor_of_user(holder, via="cli")
        given = credentials(actor, agreement_id=options["id"], minutes=options["minutes"])
        for part in given.handed:
            if part.file_name and options["save"]:
                path = Path(options["save"]) / part.file_name
                path.unlink(missing_ok=True)  # another's rights on an older file are not kept
                made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(made, "w", encoding="utf-8") as out:
                    out.write(part.value)
                self.stdout.write(f"{part.name}: {path}")
            else:
                self.stdout.write(f"{part.name}: {part.value}")
        self.stdout.write(f"login: {given.name}")
        self.stdout.write(f"relation: {given.relation}")
        self.stdout.write(f"until: {given.expires_at.isoformat()}")

    def _list(self, person: str) -> None:
        rows, moment = visible_logins(SYSTEM), now()
        for row in rows.filter(person=person)[:_SHOWN] if person else rows[:_SHOWN]:
            port = row.agreement.port
            self.stdout.write(
                f"{row.pk} {row.person:<12} {standing(row, moment):<11} {row.login:<48} "
                f"until {row.expires_at:%Y-%m-%d %H:%M} {port.product.key}/{port.name}"
            )
