"""Write docs/reference from the code: states, events, errors, actions, settings, conformance."""

import ast
import inspect
import pkgutil
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.connectors import conformance
from marketplace.kernel.actions import REGISTRY
from marketplace.kernel.errors import refusals
from marketplace.kernel.events.log import TYPES, DomainEvent
from marketplace.kernel.states import MACHINES

HEAD = "<!-- Made by `make docs`; do not edit. -->\n\n"
PACKAGES = ("catalog", "governance", "subscriptions", "marketplace.kernel", "marketplace.portal")


class Command(BaseCommand):
    """Write the reference, or with --check say whether it is what the code would write."""

    help = "Write docs/reference from the code."

    def add_arguments(self, parser: CommandParser) -> None:
        """--check changes nothing."""
        parser.add_argument("--check", action="store_true", help="Only compare.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare every page."""
        _import_all()
        folder = Path(settings.BASE_DIR) / "docs" / "reference"
        stale = []
        for name, text in pages().items():
            path = folder / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(name)
            if not options["check"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        if options["check"] and stale:
            raise CommandError(f"Run `make docs`: {', '.join(stale)} would change.")
        self.stdout.write(f"{len(stale)} pages changed." if stale else "The reference is current.")


def pages() -> dict[str, str]:
    """Every page of the reference by file name."""
    return {
        "states.md": _states(),
        "events.md": _events(),
        "errors.md": _errors(),
        "actions.md": _actions(),
        "conformance.md": HEAD + conformance.page(),
        "settings.md": _settings(),
    }


def _import_all() -> None:
    for package in PACKAGES:
        module = import_module(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if ".migrations" not in found.name and ".tests" not in found.name:
                import_module(found.name)


def _doc(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _states() -> str:
    lives = [
        f"\n## The life of {machine.thing}\n\n```mermaid\n{machine.diagram()}```\n"
        for machine in sorted(MACHINES, key=lambda m: m.thing)
    ]
    return "".join([f"{HEAD}# States\n", *lives])


def _events() -> str:
    lines = [
        f"{HEAD}# Events\n",
        "Each is an audit entry, an outbox row and a webhook payload. The CloudEvents `type` is",
        "the instance's prefix, a dot, and the name. A field may be added, never changed.\n",
        "| event | says | data |",
        "|---|---|---|",
    ]
    envelope = {field.name for field in fields(DomainEvent)}
    for name, kind in sorted(TYPES.items()):
        if kind.__module__.startswith("tests."):
            continue  # a test's own event, when the reference is checked in a test run
        data = ", ".join(f"`{f.name}`" for f in fields(kind) if f.name not in envelope)
        lines.append(f"| `{name}` | {_doc(kind)} | {data} |")
    return "\n".join(lines) + "\n"


def _errors() -> str:
    lines = [f"{HEAD}# Errors\n", "Answers are `application/problem+json` (RFC 9457).\n"]
    for kind in refusals():
        lines += [f"## {kind.code}\n", f"{kind.status}: {kind.title}\n", f"{_doc(kind)}\n"]
    return "\n".join(lines)


def _actions() -> str:
    lines = [
        f"{HEAD}# Actions and the permissions they ask\n",
        "Every write goes through one of these; each is one transaction.\n",
        "| action | does | asks |",
        "|---|---|---|",
    ]
    for name, run in sorted(REGISTRY.items()):
        if not name.startswith("tests."):
            asked = ", ".join(f"`{p}`" for p in sorted(_asked(run)))
            lines.append(f"| `{name}` | {_doc(run)} | {asked} |")
    return "\n".join(lines) + "\n"


def _asked(run: Any) -> set[str]:
    """The permissions named in require() by an action or by what it calls in our own modules."""
    seen: set[Any] = set()
    found: set[str] = set()

    def visit(function: Any, depth: int) -> None:
        if function in seen or depth > 3:  # noqa: PLR2004 - private steps are not deeper
            return
        seen.add(function)
        plain = inspect.unwrap(function)
        try:
            tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(plain)))
        except (OSError, TypeError, SyntaxError):
            return
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            if name == "require":
                found.update(a.id for a in call.args[1:2] if isinstance(a, ast.Name))
            target = plain.__globals__.get(name)
            if inspect.isfunction(target) and target.__module__.split(".")[0] in PACKAGES[:3]:
                visit(target, depth + 1)

    visit(run, 0)
    return found


def _settings() -> str:
    from marketplace import settings as own  # noqa: TID251 - its table is the reference

    lines = [f"{HEAD}# Settings\n", "All from the environment.\n", "| name | default | for |"]
    lines.append("|---|---|---|")
    for name, setting in sorted(own.SETTINGS.items()):
        default = "(secret)" if setting.secret else setting.default
        default = default.replace(str(settings.VAR), "./var").replace(str(settings.BASE_DIR), ".")
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{name}` | {shown} | {setting.about} |")
    return "\n".join(lines) + "\n"
