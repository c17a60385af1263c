"""Django's ``makemessages``, which also reads the sentences that Python says."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

from marketplace.kernel.web.collected import spoken


class Command(makemessages.Command):
    """Bring the catalogues in step with what is marked, and with what Python says."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what Python says where gettext finds it, and take it away again."""
        root = Path(settings.BASE_DIR)
        said = root / "said_by_python.py"
        lines = [f"gettext_noop({text!r})\n" for text in sorted(spoken(root))]
        said.write_text("".join(lines), encoding="utf-8")
        try:
            super().handle(*args, **options)
        finally:
            said.unlink()
