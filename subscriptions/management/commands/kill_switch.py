"""The kill switch from the command line, as the system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from subscriptions.actions.kill_switch import affected, pull, restore
from subscriptions.models import KillSwitch
from subscriptions.models.kill_switch import SCOPES


class Command(BaseCommand):
    """Say what a switch would hit, pull it, or restore what it took."""

    help = "Suspend a scope: preview | pull | restore SCOPE KEY."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which scope."""
        parser.add_argument("what", choices=["preview", "pull", "restore"])
        parser.add_argument("scope", choices=list(dict(SCOPES)))
        parser.add_argument("key", help="An id, kind:key of a consumer, or a natural key.")
        parser.add_argument("--reason", default="", help="Why; needed to pull.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, and say how much it was."""
        scope, key = options["scope"], options["key"]
        try:
            if options["what"] == "preview":
                self._say("Would suspend", affected(SYSTEM, scope=scope, key=key).count())
            elif options["what"] == "pull":
                switch = pull(SYSTEM, scope=scope, key=key, reason=options["reason"])
                self._say("Suspended", switch.held.count())
            else:
                self._restore(scope, key)
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None

    def _restore(self, scope: str, key: str) -> None:
        switch = KillSwitch.objects.filter(scope=scope, key=key, state="active").first()
        if switch is None:
            raise CommandError("No switch holds this scope.")
        restore(SYSTEM, switch_id=switch.pk)
        self._say("Restored", switch.held.count())

    def _say(self, words: str, number: int) -> None:
        self.stdout.write(f"{words}: {number} agreement{'s' if number != 1 else ''}.")
