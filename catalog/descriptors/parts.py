"""The sections that ODPS and ODCS share, read and written.

`Taking` reads a mapping and keeps what nobody asked for, so that each dataclass can carry its
`extra`; `mapping` writes one back and leaves unstated things out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from catalog.descriptors.model import CustomProperty, Definition, Member, SupportChannel


class Taking:
    """A mapping from which fields are taken; `rest` is what was left.

    The schema has been checked before: a wrong type cannot stand here.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._left = dict(data)

    def text(self, key: str, default: str = "") -> str:
        """A text, or the default when unstated."""
        value = self._left.pop(key, None)
        return default if value is None else str(value)

    def flag(self, key: str) -> bool:
        """True or false; false when unstated."""
        return bool(self._left.pop(key, False))

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        return int(self._left.pop(key, default))

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self._left.pop(key, None) or ())

    def value(self, key: str) -> Any:
        """Any value as it stands, or None."""
        return self._left.pop(key, None)

    def each[T](self, key: str, read: Callable[["Taking"], T]) -> tuple[T, ...]:
        """A list of mappings, each read into something."""
        return tuple(read(Taking(entry)) for entry in self._left.pop(key, None) or ())

    def rest(self) -> dict[str, Any]:
        """What was not taken."""
        return self._left


def mapping(extra: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """The stated fields in order, then what is kept in `extra`; tuples become lists.

    An empty text, tuple or mapping, None and False count as unstated: so the model means them.
    """
    stated = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in fields.items()
        if not (value is None or value is False or value in ("", (), {}))
    }
    return stated | dict(extra)


def each[T](
    write: Callable[[T], dict[str, Any]], values: Iterable[T]
) -> tuple[dict[str, Any], ...]:
    """Each value written."""
    return tuple(write(value) for value in values)


def read_custom(entry: Taking) -> CustomProperty:
    """One custom property."""
    name, value = entry.text("property"), entry.value("value")
    return CustomProperty(property=name, value=value, extra=entry.rest())


def write_custom(custom: CustomProperty) -> dict[str, Any]:
    """One custom property as it is written; its value may be empty, so it always stands."""
    return {"property": custom.property, "value": custom.value} | dict(custom.extra)


def lift(
    properties: Sequence[CustomProperty], ours: Iterable[str]
) -> tuple[dict[str, Any], tuple[CustomProperty, ...]]:
    """Our own custom properties by name, and the others in order.

    Of ours only the value is kept: an id or description beside it lives in the original text.
    """
    names = frozenset(ours)
    own = {p.property: p.value for p in properties if p.property in names}
    return own, tuple(p for p in properties if p.property not in names)


def lower(own: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Our properties back as custom properties; unstated ones stay out."""
    return tuple(
        {"property": name, "value": list(value) if isinstance(value, tuple) else value}
        for name, value in own.items()
        if value not in ("", (), None)
    )


def read_definition(entry: Taking) -> Definition:
    """One authoritative definition."""
    return Definition(type=entry.text("type"), url=entry.text("url"), extra=entry.rest())


def write_definition(definition: Definition) -> dict[str, Any]:
    """One authoritative definition as it is written."""
    return mapping(definition.extra, type=definition.type, url=definition.url)


def read_support(entry: Taking) -> SupportChannel:
    """One support channel."""
    return SupportChannel(
        channel=entry.text("channel"),
        url=entry.text("url"),
        tool=entry.text("tool"),
        scope=entry.text("scope"),
        extra=entry.rest(),
    )


def write_support(channel: SupportChannel) -> dict[str, Any]:
    """One support channel as it is written."""
    return mapping(
        channel.extra,
        channel=channel.channel,
        url=channel.url,
        tool=channel.tool,
        scope=channel.scope,
    )


def read_member(entry: Taking) -> Member:
    """One member of a team."""
    return Member(username=entry.text("username"), role=entry.text("role"), extra=entry.rest())


def write_member(member: Member) -> dict[str, Any]:
    """One member of a team as it is written."""
    return mapping(member.extra, username=member.username, role=member.role)


def read_team(section: Any) -> tuple[str, tuple[Member, ...], dict[str, Any]]:
    """Name, members, and what else the team section says; older standards wrote a bare list."""
    team = Taking({"members": section} if isinstance(section, list) else section or {})
    return team.text("name"), team.each("members", read_member), team.rest()


def write_team(name: str, members: Sequence[Member], rest: Mapping[str, Any]) -> dict[str, Any]:
    """The team section, empty when nothing is said."""
    return mapping(rest, name=name, members=each(write_member, members))


def read_description(section: Mapping[str, Any] | None) -> tuple[str, str, str, dict[str, Any]]:
    """Purpose, usage, limitations, and what else the description says."""
    said = Taking(section or {})
    purpose, usage, limits = said.text("purpose"), said.text("usage"), said.text("limitations")
    return purpose, usage, limits, said.rest()


def kept(**sections: Mapping[str, Any]) -> dict[str, Any]:
    """The left-overs of sections that were taken apart, without the empty ones."""
    return {name: dict(rest) for name, rest in sections.items() if rest}
