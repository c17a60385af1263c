"""What is wrong with a connection's values, before its connector is made: place, code and words.

Without it a missing value would be told in Python's words, by the connector's own constructor.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.connectors.forms import GIVEN, ConfigField, config_fields

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,),
    "choice": (str,),
    "number": (int, float),
    "flag": (bool,),
    "list": (list, tuple, set, frozenset),
}
_WORDS: Final[Mapping[str, str]] = {
    "text": "A text.",
    "number": "A number.",
    "flag": "true or false.",
    "list": "A list of texts.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that does not fit: a JSON pointer, a code, a sentence."""

    pointer: str
    code: str
    detail: str


def faults(kind: str, config: Mapping[str, Any], secrets: Collection[str]) -> list[Fault]:
    """Give what a kind's connector lacks or cannot use; nothing when it says no fields.

    ``secrets`` are the names of those that are kept or given. Raises ImportError when what the
    connector needs is not installed, UnknownKind for no connector.
    """
    wanted = {one.name: one for one in config_fields(kind)}
    if not wanted:
        return []
    return [
        *_missing(wanted, config, secrets),
        *_unknown(wanted, config, secrets),
        *_unfit(wanted, config),
    ]


def _missing(
    wanted: Mapping[str, ConfigField], config: Mapping[str, Any], secrets: Collection[str]
) -> Iterator[Fault]:
    for one in wanted.values():
        if not one.required:
            continue
        if one.secret and one.name not in secrets:
            yield Fault(f"/secrets/{one.name}", "required", f"It needs {one.name}.")
        elif not one.secret and config.get(one.name) in (None, "", [], ()):
            yield Fault(f"/config/{one.name}", "required", f"It needs {one.name}.")


def _unknown(
    wanted: Mapping[str, ConfigField], config: Mapping[str, Any], secrets: Collection[str]
) -> Iterator[Fault]:
    for name in config:
        if name in wanted and wanted[name].secret:
            yield Fault(f"/config/{name}", "secret", "A secret is given under secrets.")
        elif name not in wanted and name not in GIVEN:
            yield Fault(f"/config/{name}", "unknown-field", "There is no such field.")
    for name in secrets:
        if name not in wanted or not wanted[name].secret:
            yield Fault(f"/secrets/{name}", "unknown-field", "There is no such field.")


def _unfit(wanted: Mapping[str, ConfigField], config: Mapping[str, Any]) -> Iterator[Fault]:
    for name, value in config.items():
        one = wanted.get(name)
        if one is None or one.secret or value is None:
            continue
        number = one.kind == "number" and isinstance(value, bool)
        if number or not isinstance(value, _KINDS[one.kind]):
            words = _WORDS.get(one.kind, _WORDS["text"])
            yield Fault(f"/config/{name}", "invalid", words)
        elif one.kind == "choice" and value not in one.choices:
            words = f"Choose one of: {', '.join(one.choices)}."
            yield Fault(f"/config/{name}", "unknown", words)
