"""Check the audit trail from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.kernel.events.queries import verify_chain


class Command(BaseCommand):
    """Recompute every hash of the audit trail; fails at the first row that does not fit."""

    help = "Check the hash chain of the audit trail."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many rows fit, or which one does not."""
        found = verify_chain()
        if not found.ok:
            raise CommandError(f"The trail is broken at row {found.first_broken}.")
        rows = "1 row" if found.rows == 1 else f"{found.rows} rows"
        self.stdout.write(f"The trail is whole: {rows}.")
