"""Packs of rules from the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.actions.packs import activate_policy, put_policy
from governance.models import Policy
from governance.policies.order import as_written
from governance.queries import policies, policy_or_404
from marketplace.kernel.actors import Actor
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User


class Command(BaseCommand):
    """List the packs, print one, keep a new version, or let one decide."""

    help = (
        "Policies: list | show KEY [--number N] | put FILE --person NAME | "
        "activate KEY --number N --person NAME."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which."""
        parser.add_argument("what", choices=["list", "show", "put", "activate"])
        parser.add_argument("which", nargs="?", default="", help="A pack's key; for put, a file.")
        parser.add_argument("--number", type=int, default=None, help="Which version of the pack.")
        parser.add_argument("--person", default="", help="Who does it: governance.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        try:
            getattr(self, f"_{options['what']}")(options)
        except Invalid as wrong:
            lines = [f"{one.pointer or '/'} {one.code}: {one.detail}" for one in wrong.problems]
            raise CommandError("Refused; nothing was changed.\n" + "\n".join(lines)) from None
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None

    def _list(self, _options: dict[str, Any]) -> None:
        for one in policies():
            told = "in force" if one.active else "-"
            self.stdout.write(f"{one.key:<40} {one.number:>4} {told:<9} {one.title}")

    def _show(self, options: dict[str, Any]) -> None:
        row = policy_or_404(options["which"], options["number"])
        self.stdout.write(json.dumps(as_written(row.pack), indent=2, ensure_ascii=False))

    def _put(self, options: dict[str, Any]) -> None:
        try:
            pack = json.loads(Path(options["which"]).read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise CommandError(f"{options['which']} cannot be read as JSON: {wrong}") from None
        if not isinstance(pack, dict):
            raise CommandError("A pack is a JSON object.")
        self._told(put_policy(_actor(options["person"]), pack=pack))

    def _activate(self, options: dict[str, Any]) -> None:
        if options["number"] is None:
            raise CommandError("Name the version with --number.")
        actor = _actor(options["person"])
        self._told(activate_policy(actor, key=options["which"], number=options["number"]))

    def _told(self, row: Policy) -> None:
        told = "in force" if row.active else "kept, not in force"
        self.stdout.write(f"{row.key} {row.number}: {told}")


def _actor(name: str) -> Actor:
    person = User.objects.filter(username=name, is_active=True).first()
    if person is None:
        raise CommandError("Name an active account with --person.")
    return actor_of_user(person, via="cli")
