"""Databricks' SQL on its way to DuckDB: what is known is written anew, the rest is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<quoted>`(?:[^`]|``)+`)
      | (?P<hex>[xX]'[0-9A-Fa-f]*')
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<word>[^\W\d]\w*)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[dD]?)
      | (?P<sign>\|\||<>|<=|>=|!=|[-(),.=;?*<>+/%\[\]:])""",
    re.DOTALL | re.VERBOSE,
)
_NAMES: Final = re.compile(r"[\w-]+\Z")
# fmt: off
_FUNCTIONS: Final = frozenset(
    {
        "count", "max", "min", "sum", "avg", "left", "right", "length", "concat", "sha2",
        "uuid", "session_user", "repeat", "coalesce", "is_account_group_member",
        "unix_micros", "current_timestamp", "cast", "upper", "lower"
    }
)
# fmt: on
# fmt: off
_KEYWORDS: Final = frozenset(
    {
        "select", "from", "where", "and", "or", "not", "in", "exists", "on", "as", "using",
        "values", "by", "when", "then", "else", "union", "all", "distinct", "limit",
        "having", "insert", "case", "into", "over"
    }
)
# fmt: on
type Relation = Callable[[tuple[str, ...]], str]


class Failed(Exception):
    """A statement that fails, with the platform's error class and SQLSTATE."""

    def __init__(self, name: str, sqlstate: str, words: str) -> None:
        super().__init__(f"[{name}] {words} SQLSTATE: {sqlstate}")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str

    @property
    def name(self) -> str:
        """As an identifier; the catalog folds it to lower case."""
        plain = self.text[1:-1].replace("``", "`") if self.kind == "quoted" else self.text
        return plain.lower()

    def says(self, *words: str) -> bool:
        return self.kind in {"word", "sign"} and self.text.lower() in words


def syntax(near: str) -> Failed:
    return Failed("PARSE_SYNTAX_ERROR", "42601", f"Syntax error at or near '{near}'.")


def tokens(sql: str) -> list[Token]:
    found, at = [], 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise syntax(sql[at])
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0]))
        at = match.end()
    while found and found[-1].says(";"):
        found.pop()
    if not found or any(one.says(";") for one in found):
        raise syntax(";" if found else "end of input")
    return found


def unescaped(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1], flags=re.DOTALL)


def path(found: list[Token], at: int) -> tuple[tuple[str, ...], int]:
    """Read a dotted name; gives it and where to go on."""
    if at >= len(found) or found[at].kind not in {"word", "quoted"}:
        raise syntax(found[at].text if at < len(found) else "end of input")
    names, at = [found[at].name], at + 1
    while at + 1 < len(found) and found[at].says("."):
        names.append(found[at + 1].name)
        at += 2
    return tuple(names), at


def kept(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a new name that Unity Catalog cannot keep."""
    for one in names:
        if not _NAMES.match(one):
            raise Failed("INVALID_NAME", "42602", f"'{one}' is not a valid name.")
    return names


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


class Writer:
    """Writes one query; `relation` gives what stands for a name, after looking at the rights."""

    def __init__(self, relation: Relation) -> None:
        self.relation = relation

    def written(self, found: list[Token]) -> str:
        local = {
            one.name
            for at, one in enumerate(found[:-2])
            if found[at + 1].says("as") and found[at + 2].says("(")
        }
        out: list[str] = []
        at = 0
        while at < len(found):
            token = found[at]
            if token.says("from", "join", "into") and at + 1 < len(found):
                out.append(token.text)
                at += 1
                if found[at].kind in {"word", "quoted"}:
                    names, at = path(found, at)
                    if len(names) == 1 and names[0] in local:
                        out.append(f'"{names[0]}"')
                        continue
                    out.append(self.relation(names))
                    if not (at < len(found) and found[at].says("as")) and token.says("from"):
                        out.append(f'AS "{names[-1]}"')
                continue
            at = self._one(found, at, out)
        return " ".join(out)

    def _one(self, found: list[Token], at: int, out: list[str]) -> int:
        """Write what stands here; gives where to go on."""
        token, said = found[at], [one.text.lower() for one in found[at : at + 6]]
        if said[:5] == ["unix_micros", "(", "current_timestamp", "(", ")"]:
            out.append("epoch_us(get_current_timestamp())")
            return at + 6
        if said[:3] == ["session_user", "(", ")"]:
            out.append("getvariable('who')")
            return at + 3
        if said[:2] == ["is_account_group_member", "("]:
            if found[at + 2].kind != "text":
                raise Failed("DATATYPE_MISMATCH", "42K09", "The group must be a string literal.")
            out.append(f"list_contains(getvariable('groups'), {found[at + 2].text})")
            return at + 4
        if said[:2] == ["collate", "utf8_binary"]:
            return at + 2
        if token.kind == "word" and said[1:2] == ["("] and said[0] not in _FUNCTIONS | _KEYWORDS:
            raise Failed("UNRESOLVED_ROUTINE", "42883", f"Cannot resolve routine `{said[0]}`.")
        out.append(_plain(token))
        return at + 1


def _plain(token: Token) -> str:
    if token.kind == "text":
        return _text(unescaped(token.text))
    if token.kind == "hex":
        return _text(bytes.fromhex(token.text[2:-1]).decode())
    if token.kind == "quoted":
        return '"' + token.text[1:-1].replace("``", "`").replace('"', '""') + '"'
    if token.kind == "number" and token.text[-1] in "dD":
        return f"CAST({token.text[:-1]} AS DOUBLE)"
    return token.text
