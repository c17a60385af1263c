"""Platform connections from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions.platforms import check_platform
from catalog.models import PlatformConnection
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from subscriptions.actions.census import ask_census
from subscriptions.actions.dry_runs import dry_run_of
from subscriptions.actions.keys import rotate_keys


class Command(BaseCommand):
    """List connections, check one, rehearse one, or seal all secrets anew."""

    help = "Platform connections: list, check KEY, plan KEY, census KEY, rotate-keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which connection."""
        parser.add_argument("what", choices=["list", "check", "plan", "census", "rotate-keys"])
        parser.add_argument("key", nargs="?", default="", help="A connection's key.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it as the system."""
        what, key = options["what"], options["key"]
        if what in ("check", "plan", "census") and not key:
            raise CommandError("Name a connection: its key.")
        try:
            getattr(self, f"_{what.replace('-', '_')}")(key)
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None

    def _list(self, _key: str) -> None:
        for row in PlatformConnection.objects.all():
            worst = sorted(one["level"] for one in row.findings)
            seen = f"checked {row.checked_at:%Y-%m-%d %H:%M}" if row.checked_at else "not checked"
            found = worst[0] if worst else "nothing found"
            self.stdout.write(f"{row.key:<30} {row.kind:<15} {seen}, {found}")

    def _check(self, key: str) -> None:
        found = check_platform(SYSTEM, key=key)
        for one in found:
            self.stdout.write(f"{one.level:<8} {one.code:<20} {one.text}")
        if any(one.level == "error" for one in found):
            raise CommandError(f"{key} cannot work as it is.")
        self.stdout.write(f"{key} has what it needs.")

    def _plan(self, key: str) -> None:
        for plan in dry_run_of(SYSTEM, key=key):
            self.stdout.write(f"-- {plan.handle} ({plan.port})")
            for words in (*plan.withheld, *plan.foreign):
                self.stdout.write(f"--   {words}")
            for statement in plan.statements:
                self.stdout.write(f"{statement.rstrip(';')};")

    def _census(self, key: str) -> None:
        self.stdout.write(f"{ask_census(SYSTEM, key=key)} handles are compared now.")

    def _rotate_keys(self, _key: str) -> None:
        number = rotate_keys(SYSTEM)
        self.stdout.write(f"{number} secrets were sealed anew with the first key.")
