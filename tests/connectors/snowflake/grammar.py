"""Reading Snowflake's statements word by word: what is not expected next is a syntax error."""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|--[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<text>'(?:[^'\\]|''|\\.)*')
      | (?P<word>[^\W\d][\w$]*)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<sign>->|=>|::|\|\||<>|<=|>=|!=|[-(),.=;?*<>+/%\[\]{}:])""",
    re.DOTALL | re.VERBOSE,
)


class Refused(Exception):
    """The account's answer to a statement it does not run."""

    def __init__(self, code: str, sqlstate: str, words: str, status: int = 422) -> None:
        super().__init__(words)
        self.code, self.sqlstate, self.words, self.status = code, sqlstate, words, status


def syntax(near: str) -> Refused:
    words = f"SQL compilation error:\nsyntax error line 1 at position 0 unexpected '{near}'."
    return Refused("001003", "42000", words)


def unseen(kind: str, name: str) -> Refused:
    words = f"SQL compilation error:\n{kind} '{name}' does not exist or not authorized."
    return Refused("002003", "42S02" if kind in {"Object", "View", "Table"} else "02000", words)


def forbidden(what: str) -> Refused:
    words = f"SQL access control error:\nInsufficient privileges to operate on {what}"
    return Refused("003001", "42501", words)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """As an identifier: folded to capitals unless it is quoted."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text.upper()

    def says(self, word: str) -> bool:
        return self.kind in {"word", "sign"} and self.text.upper() == word


def unescaped(literal: str) -> str:
    """A text as Snowflake reads it: a quote is doubled or escaped, a backslash escapes."""
    body = literal[1:-1]
    return re.sub(r"''|\\(.)", lambda found: found[1] or "'", body, flags=re.DOTALL)


def tokens(sql: str) -> list[Token]:
    found, at = [], 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise syntax(sql[at])
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
        at = match.end()
    return found


class Reader:
    """One statement, read from the left."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.at = 0

    @property
    def next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self) -> Token:
        if self.next is None:
            raise syntax("<EOF>")
        self.at += 1
        return self.tokens[self.at - 1]

    def may(self, *words: str) -> bool:
        """Take these words if they come next."""
        coming = self.tokens[self.at : self.at + len(words)]
        if len(coming) == len(words) and all(
            token.says(word) for token, word in zip(coming, words, strict=True)
        ):
            self.at += len(words)
            return True
        return False

    def must(self, *words: str) -> None:
        for word in words:
            if not self.may(word):
                raise syntax(self.next.text if self.next else "<EOF>")

    def name(self) -> str:
        token = self.take()
        if token.kind not in {"word", "quoted"}:
            raise syntax(token.text)
        return token.name

    def path(self, length: int) -> tuple[str, ...]:
        """A dotted name of exactly this many parts."""
        found = [self.name()]
        while self.may("."):
            found.append(self.name())
        if len(found) != length:
            raise syntax(".".join(found))
        return tuple(found)

    def text(self) -> str:
        token = self.take()
        if token.kind != "text":
            raise syntax(token.text)
        return unescaped(token.text)

    def number(self) -> int:
        token = self.take()
        if token.kind != "number":
            raise syntax(token.text)
        return int(token.text)

    def rest(self) -> str:
        """All that is left, as it was written."""
        if self.next is None:
            raise syntax("<EOF>")
        written = self.sql[self.next.start :]
        self.at = len(self.tokens)
        return written.rstrip().removesuffix(";")

    def end(self) -> None:
        self.may(";")
        if self.next is not None:
            raise syntax(self.next.text)
