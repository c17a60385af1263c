"""Run a command with the settings of the embedded stack that runs on the state folder.

python -m deploy.embedded.attach python manage.py shell
"""

import os
import sys
from pathlib import Path

from deploy.embedded.state import State

ROOT = Path(__file__).resolve().parents[2]


def main(command: list[str]) -> None:
    """Become the command; what the environment already sets wins."""
    state = State(Path(os.environ.get("EMPORION_VAR") or ROOT / "var"))
    settings = state.environment()
    if not settings and "DATABASE_URL" not in os.environ:
        sys.exit(f"Nothing runs on {state.folder}. Start it first: make up")
    if not command:
        sys.exit("Give a command, for example: python manage.py shell")
    os.execvpe(command[0], command, settings | os.environ)  # noqa: S606 - the caller's own command


if __name__ == "__main__":
    main(sys.argv[1:])
