"""What a connector wants to be told: its configuration's dataclass, read as fields of a form."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from marketplace.connectors.labels import help_of, label_of
from marketplace.connectors.registry import class_for

# Given by the installation itself, so that nobody types them.
GIVEN: Final = frozenset({"env", "lab_secret"})


@dataclass(frozen=True, slots=True)
class ConfigField:
    """One value. ``kind`` is text, number, flag, choice or list; ``default`` is None when needed.

    A ``secret`` is sealed or referred to, and never shown again. ``label`` and ``help`` are
    English; they are marked for translation where they are written.
    """

    name: str
    kind: str
    required: bool
    secret: bool
    default: Any
    choices: tuple[str, ...]
    help: str
    label: str


def config_class(kind: str) -> type[Any] | None:
    """The dataclass of a kind's configuration: named by the connector, or the one it is made of."""
    connector = class_for(kind)
    named = getattr(connector, "config_class", None)
    if named is not None:
        return named  # type: ignore[no-any-return]
    hints = get_type_hints(connector.__init__)
    return next(
        (one for one in hints.values() if isinstance(one, type) and is_dataclass(one)), None
    )


def config_fields(kind: str) -> tuple[ConfigField, ...]:
    """The fields that a person fills in, in the dataclass's order; none when there is no class."""
    wanted = config_class(kind)
    if wanted is None:
        return ()
    hints = get_type_hints(wanted)
    return tuple(
        _field(one, hints[one.name]) for one in fields(wanted) if one.init and one.name not in GIVEN
    )


def takes(kind: str, name: str) -> bool:
    """Whether a kind's configuration has a value of this name."""
    wanted = config_class(kind)
    return wanted is not None and any(one.name == name for one in fields(wanted))


def _field(one: Field[Any], hint: Any) -> ConfigField:
    has_default = one.default is not MISSING or one.default_factory is not MISSING
    default = one.default if one.default is not MISSING else None
    if one.default_factory is not MISSING:
        default = one.default_factory()
    metadata: Mapping[str, Any] = one.metadata
    kind, choices = _kind(hint)
    return ConfigField(
        name=one.name,
        kind=kind,
        required=not has_default,
        secret=bool(metadata.get("secret")),
        default=default,
        choices=choices,
        help=help_of(one.name, metadata),
        label=label_of(one.name, metadata),
    )


def _kind(hint: Any) -> tuple[str, tuple[str, ...]]:
    hint = getattr(hint, "__value__", hint)  # what a type alias stands for
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        hint = parts[0] if parts else str
    if get_origin(hint) is Literal:
        return "choice", tuple(str(one) for one in get_args(hint))
    if get_origin(hint) in (tuple, list, frozenset, set):
        return "list", ()
    if hint is bool:
        return "flag", ()
    return ("number", ()) if hint in (int, float) else ("text", ())
