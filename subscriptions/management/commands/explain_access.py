"""Why somebody has access, from the command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError
from subscriptions.actions.explaining import explain

_MARKS = {"ok": "+", "no": "-", "wait": "~", "info": " "}


class Command(BaseCommand):
    """Print the answer and each step that leads to it; nothing is changed."""

    help = "Say why a person can read a port, or cannot: PERSON PRODUCT PORT."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and what."""
        parser.add_argument("person", help="An account's name.")
        parser.add_argument("product", help="A product's key, domain.product.")
        parser.add_argument("port", help="A port's name.")
        parser.add_argument("--port-version", default="", help="The newest active one without it.")
        parser.add_argument("--purpose", default="", help="What policies are asked with.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask as the system, and print."""
        try:
            found = explain(
                SYSTEM,
                product=options["product"],
                port=options["port"],
                person=options["person"],
                version=options["port_version"],
                purpose=options["purpose"],
            )
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None
        self.stdout.write(f"{found.answer}: {found.headline}")
        for step in found.steps:
            self.stdout.write(f" {_MARKS[step.state]} {step.key:<11} {step.text}")
