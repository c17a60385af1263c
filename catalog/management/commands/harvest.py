"""Draft descriptors from the tables of a platform, as the system."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions.harvesting import draft_of, relations_of
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError


class Command(BaseCommand):
    """List the relations of a schema, or write the draft of one; nothing is changed anywhere."""

    help = "List a schema's relations, or write a draft contract and product of one (YAML)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which platform, which schema or relation, and for whom."""
        parser.add_argument("platform", help="The key of a platform connection.")
        parser.add_argument("what", help="A schema, or schema.relation.")
        parser.add_argument("--product", default="", help="The product's key, domain.product.")
        parser.add_argument("--team", default="", help="The owner team.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask the platform and print."""
        key, what = options["platform"], options["what"]
        try:
            if "." not in what:
                for name in relations_of(SYSTEM, key=key, schema=what):
                    self.stdout.write(name)
                return
            if not options["product"] or not options["team"]:
                raise CommandError("A draft needs --product and --team.")
            names = {"product": options["product"], "team": options["team"]}
            self.stdout.write(draft_of(SYSTEM, key=key, relation=what, **names))
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused}") from None
