"""Make a token from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from marketplace.kernel.identity.actions import ALL, LONGEST_DAYS, USUAL_DAYS, issue_token
from marketplace.kernel.identity.tokens import SCOPES


class Command(BaseCommand):
    """Print a new token, and nothing else, on the standard output."""

    help = "Make a token for an account and print it; it is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose token, how far it reaches, how long it lives."""
        known = ", ".join(SCOPES)
        parser.add_argument("username", help="The account.")
        parser.add_argument("--scope", action="append", help=f"One of {known}; without it all.")
        parser.add_argument(
            "--days", type=int, default=USUAL_DAYS, help=f"Its life, at most {LONGEST_DAYS}."
        )
        parser.add_argument("--name", default="command line", help="What to call it.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Issue it as the system: whoever reaches this command runs the instance."""
        try:
            _, text = issue_token(
                SYSTEM,
                username=options["username"],
                name=options["name"],
                scopes=options["scope"] or [ALL],
                days=options["days"],
            )
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(text)
