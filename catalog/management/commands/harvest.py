"""Draft descriptors from the tables of a platform."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.descriptors.harvest import draft
from catalog.models import PlatformConnection
from catalog.queries import connector_of
from marketplace.connectors.base import ConnectorError


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
        row = PlatformConnection.objects.filter(key=options["platform"]).first()
        if row is None:
            raise CommandError(f"There is no platform {options['platform']}.")
        schema, _, relation = options["what"].partition(".")
        try:
            self._answer(connector_of(row), row.key, schema, relation, options)
        except (ConnectorError, ValueError) as refused:
            raise CommandError(str(refused)) from None

    def _answer(
        self, connector: Any, platform: str, schema: str, relation: str, options: dict[str, Any]
    ) -> None:
        if relation:
            if not options["product"] or not options["team"]:
                raise CommandError("A draft needs --product and --team.")
            table = connector.describe(schema, relation)
            self.stdout.write(
                draft(table, product=options["product"], team=options["team"], platform=platform)
            )
            return
        listing = getattr(connector, "relations", None)
        if listing is None:
            raise CommandError("This platform does not list its relations.")
        for name in listing(schema):
            self.stdout.write(f"{schema}.{name}")
