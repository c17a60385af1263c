"""Take a report of checks from the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions.reports import take_report
from catalog.observations.reading import FORMATS
from marketplace.kernel.actions import dry_run
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import DomainError, Invalid


class Command(BaseCommand):
    """Keep what a tool wrote about the quality of a product: all of it, or nothing."""

    help = "Take a report of dbt, OpenLineage, OORS or datacontract-cli for a product."

    def add_arguments(self, parser: CommandParser) -> None:
        """For which product, from which file, and whether only to say what would happen."""
        parser.add_argument("product", help="A product's key.")
        parser.add_argument("file", type=Path, help="The JSON that the tool wrote.")
        parser.add_argument("--format", default="", choices=["", *FORMATS])
        parser.add_argument("--port", default="", help="Where results belong that name no dataset.")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, take, and say what became of it."""
        asked = {
            "key": options["product"],
            "document": _document(options["file"]),
            "kind": options["format"],
            "port": options["port"],
        }
        try:
            if options["dry_run"]:
                taken = dry_run(take_report, SYSTEM, **asked)
            else:
                taken = take_report(SYSTEM, **asked)
        except Invalid as wrong:
            lines = [f"{one.pointer or '/'} {one.code}: {one.detail}" for one in wrong.problems]
            raise CommandError("Refused; nothing was changed.\n" + "\n".join(lines)) from None
        except DomainError as refused:
            raise CommandError(f"Refused; nothing was changed. {refused.code}: {refused}") from None
        self.stdout.write(
            f"{taken.format}: {taken.results} results, {taken.new} new, {taken.days} days of"
            f" promises, {taken.passed_over} about others passed over."
            + (" Nothing was changed." if options["dry_run"] else "")
        )


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise CommandError(f"{path}: {wrong.strerror}") from None
    except ValueError as wrong:
        raise CommandError(f"{path} is no JSON: {wrong}") from None
