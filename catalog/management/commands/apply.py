"""Apply descriptors from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions.apply import Outcome, apply_files
from marketplace.kernel.actions import dry_run
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User

_ENDS = (".yaml", ".yml")


class Command(BaseCommand):
    """Make the catalog agree with files of descriptors: all of them, or nothing."""

    help = "Apply YAML descriptors (Domain, Team, DataProduct, DataContract): all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which files, as whom, and whether only to say what would happen."""
        parser.add_argument("file", nargs="+", type=Path, help="A file, or a folder of them.")
        parser.add_argument("--as", dest="user", default="", help="An account; else the system.")
        parser.add_argument("--dry-run", action="store_true", help="Change nothing.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, apply, and say what became of every document."""
        texts = _texts(options["file"])
        actor = _actor(options["user"])
        try:
            if options["dry_run"]:
                outcome = dry_run(apply_files, actor, texts=texts)
            else:
                outcome = apply_files(actor, texts=texts)
        except Invalid as wrong:
            lines = [f"{one.pointer or '/'} {one.code}: {one.detail}" for one in wrong.problems]
            raise CommandError("Refused; nothing was changed.\n" + "\n".join(lines)) from None
        except DomainError as refused:
            raise CommandError(f"Refused; nothing was changed. {refused.code}: {refused}") from None
        self._report(outcome, dry=options["dry_run"])

    def _report(self, outcome: Outcome, *, dry: bool) -> None:
        for document in outcome.documents:
            self.stdout.write(f"{document.outcome:<10} {document.kind:<13} {document.key}")
        for warning in outcome.warnings:
            self.stderr.write(f"warning: {warning}")
        number = len(outcome.documents)
        things = "1 document" if number == 1 else f"{number} documents"
        self.stdout.write(f"{things}; nothing was changed." if dry else f"{things} applied.")


def _texts(paths: list[Path]) -> dict[str, bytes]:
    files = [found for path in paths for found in _files(path)]
    if not files:
        raise CommandError("There is no YAML file.")
    try:
        return {str(path): path.read_bytes() for path in files}
    except OSError as wrong:
        raise CommandError(f"{wrong.filename}: {wrong.strerror}") from None


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.suffix in _ENDS)


def _actor(username: str) -> Actor:
    if not username:
        return SYSTEM
    user = User.objects.select_related("sponsor").filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no account {username}.")
    return actor_of_user(user, via="command")
