"""YAML from strangers, read so that it can neither surprise nor exhaust us.

The text is scanned event by event with the C parser and built in the same pass; anchors, aliases,
tags, merge keys, duplicate keys and anything too deep, too many or too long is refused before it
costs memory. Plain scalars follow the YAML 1.2 core schema (`NO` and `12:30` are text), with one
step further: a number written with leading zeros (`010`) stays text too, since the zero would be
lost. Text is brought to Unicode NFC; control and bidirectional characters are refused, also in
comments, because the text is shown to people as it is.

Source of the limits: YAML 1.2.2 section 10.3; the alias bomb and duplicate-key findings that
made anchors and duplicates refusals rather than warnings.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 20
MAX_NODES: Final = 20_000
MAX_INTEGER_DIGITS: Final = 30
MAX_PROBLEMS: Final = 50

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = "\u2028\u2029"
_NO_CHARACTERS = "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff"
_BAD_IN_TEXT = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_BIDI}{_SEPARATORS}{_NO_CHARACTERS}]"
)
_BAD_IN_SCALAR = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_SEPARATORS}{_NO_CHARACTERS}]")

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_MAYBE_NO_TEXT = frozenset({"", *"~nNtTfF+-.0123456789"})  # first characters
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a text: where (JSON pointer, line from 1), which rule, and a sentence.

    `line` is 0 when the place has none; `path` names the file when several were read.
    """

    pointer: str
    line: int
    code: str
    detail: str
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.path else f"line {self.line}"
        return f"{place} {self.pointer or '/'}: {self.detail} [{self.code}]"


class Refused(Exception):
    """The text is not accepted; `problems` says why, and is never empty."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class _Place:
    """The line of a value and the places of what it holds."""

    line: int
    inside: "dict[str, _Place] | list[_Place] | None" = None


class Lines(Mapping[str, int]):
    """JSON pointer to line (from 1). Pointers are spelled on demand: long ones cost no memory."""

    __slots__ = ("_root",)

    def __init__(self, root: _Place) -> None:
        self._root = root

    def __getitem__(self, pointer: str) -> int:
        place = self._root
        for token in _tokens(pointer):
            child = _child(place, token)
            if child is None:
                raise KeyError(pointer)
            place = child
        return place.line

    def nearest(self, pointer: str) -> int:
        """The line of the pointer, or of the deepest thing around it that exists."""
        place = self._root
        for token in _tokens(pointer):
            child = _child(place, token)
            if child is None:
                break
            place = child
        return place.line

    def __iter__(self) -> Iterator[str]:
        waiting: list[tuple[str, _Place]] = [("", self._root)]
        while waiting:
            pointer, place = waiting.pop()
            yield pointer
            if isinstance(place.inside, dict):
                waiting.extend((f"{pointer}/{_escape(k)}", p) for k, p in place.inside.items())
            elif place.inside is not None:
                waiting.extend((f"{pointer}/{i}", p) for i, p in enumerate(place.inside))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: what was written, what it says, and where each thing stands."""

    text: str
    sha256: str
    data: dict[str, Any]
    lines: Lines = field(compare=False, repr=False)
    path: str = ""

    def problem(self, pointer: str, code: str, detail: str) -> Problem:
        """A problem at that place of this document."""
        return Problem(pointer, self.lines.nearest(pointer), code, detail, self.path)


def bad_character(words: str) -> str | None:
    """The first control or bidirectional character of a text, or nothing; tab and newline pass."""
    found = _BAD_IN_SCALAR.search(words)
    return found.group() if found else None


def reads_as_text(words: str) -> bool:
    """Whether these words, unquoted, would be read back as the same text."""
    return not (
        words in _NULL
        or words in _TRUE
        or words in _FALSE
        or words == "<<"
        or any(rule.match(words) for rule in (_INTEGER, _BASED, _FLOAT, _NOT_FINITE))
    )


def load(text: str | bytes, path: str = "") -> list[Document]:
    """Read every document of a text (empty ones are left out), or raise `Refused`.

    Each document must be a mapping. The texts of the documents joined give the input back, unless
    it held empty documents; the hash is over the UTF-8 bytes of the document's own text.
    """
    try:
        return _load(text, path)
    except Refused as refusal:
        if not path:
            raise
        found = [Problem(p.pointer, p.line, p.code, p.detail, path) for p in refusal.problems]
        raise Refused(found) from None


def _load(text: str | bytes, path: str) -> list[Document]:
    words = _decode(text)
    _refuse_characters(words)
    builder = _Builder()
    try:
        for event in yaml.parse(words, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Refused([_syntax(error, words)]) from None
    except yaml.YAMLError as error:
        raise Refused([Problem("", 0, "bad-yaml", f"This is not YAML: {error}.")]) from None
    if builder.problems:
        raise Refused(builder.problems)
    return _documents(words, builder.roots, path)


def _decode(text: str | bytes) -> str:
    """Check the size, then the encoding."""
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        detail = f"The text has {size} bytes; at most {MAX_BYTES} are read."
        raise Refused([Problem("", 0, "too-large", detail)])
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        detail = "The text is not UTF-8."
        raise Refused([Problem("", line, "not-utf8", detail)]) from None


def _refuse_characters(words: str) -> None:
    """Control and bidirectional characters are refused wherever they stand."""
    start = 1 if words.startswith("\ufeff") else 0  # a byte-order mark in front is common
    found = _BAD_IN_TEXT.search(words, start)
    if found:
        line = words.count("\n", 0, found.start()) + 1
        raise Refused([Problem("", line, "bad-character", _about(found.group()))])


def _about(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"The character U+{ord(character):04X} ({name.lower()}) is not allowed."


def _syntax(error: yaml.MarkedYAMLError, words: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    last = max(len(words.splitlines()), 1)  # what is missing at the end is told at the last line
    line = min(mark.line + 1, last) if mark else 0
    what = error.problem or "it cannot be read"
    return Problem("", line, "bad-yaml", f"This is not YAML: {what}.")


def _documents(words: str, roots: "list[_Root]", path: str) -> list[Document]:
    """Cut the text where documents begin; what stands before the first belongs to it."""
    pieces = words.splitlines(keepends=True)
    starts = [0, *(root.first_line for root in roots[1:]), len(pieces)]
    documents, problems = [], []
    for number, root in enumerate(roots):
        if root.value is None:
            continue
        if not isinstance(root.value, dict):
            detail = "A descriptor is a mapping of keys to values."
            problems.append(Problem("", root.place.line, "not-a-mapping", detail))
            continue
        text = "".join(pieces[starts[number] : starts[number + 1]])
        digest = hashlib.sha256(text.encode()).hexdigest()
        documents.append(Document(text, digest, root.value, Lines(root.place), path))
    if problems:
        raise Refused(problems)
    return documents


@dataclass(slots=True)
class _Root:
    """A finished document; `first_line` counts from 0."""

    first_line: int
    place: _Place
    value: Any


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled; `key` waits for its value."""

    value: dict[str, Any] | list[Any]
    place: _Place
    key: str | None = None
    key_line: int = 0
    ignored: bool = False  # the key was a duplicate: read the value, keep the first


class _Builder:
    """Builds values from events without recursion, and refuses on the way."""

    def __init__(self) -> None:
        self.roots: list[_Root] = []
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._nodes = 0
        self._first_line = 0

    def take(self, event: yaml.Event) -> None:
        """One event of the stream."""
        mark: Any = event.start_mark  # the C parser always gives one
        line = mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._node(event, line)
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._node(event, line)
            self._open(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self._stack.pop()
            self._put(done.value, done.place)
        elif isinstance(event, yaml.AliasEvent):
            self._stop(line, "alias", "Aliases (*name) are not allowed; write the value out.")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._first_line = line - 1
            if event.tags:
                self._stop(line, "tag", "Tag directives are not allowed.")

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        """What is refused for every node."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop(line, "too-many-nodes", f"More than {MAX_NODES} values.")
        if event.anchor:
            self._stop(line, "anchor", "Anchors (&name) are not allowed; write the value out.")
        if getattr(event, "tag", None) is not None:
            self._stop(line, "tag", "Tags (!name) are not allowed.")

    def _open(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._stop(line, "too-deep", f"Nested deeper than {MAX_DEPTH} levels.")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if self._wants_key():
            self._stop(line, "key-not-text", "A key must be text, not a list or a mapping.")
        place = _Place(self._line_here(line), {} if is_mapping else [])
        self._stack.append(_Open({} if is_mapping else [], place))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        words = event.value
        if not (words.isascii() and words.isprintable()):  # most are both: nothing to look for
            words = unicodedata.normalize("NFC", words)
            bad = _BAD_IN_SCALAR.search(words)
            if bad:
                self._note(line, "bad-character", _about(bad.group()))
        plain = not event.style
        if self._wants_key():
            self._key(words, line, plain=plain)
            return
        value = self._plain(words, line) if plain else words
        self._put(value, _Place(self._line_here(line)))

    def _key(self, words: str, line: int, *, plain: bool) -> None:
        around = self._stack[-1]
        assert isinstance(around.value, dict)
        if plain and words == "<<":
            self._stop(line, "merge-key", "Merge keys (<<) are not allowed; write the keys out.")
        if plain and not isinstance(self._plain(words, line), str):
            detail = f'The key {_short(words)} is not text; write "{_short(words)}".'
            self._note(line, "key-not-text", detail)
        around.ignored = words in around.value
        if around.ignored:
            self._note(line, "duplicate-key", f"The key {_short(words)!r} stands here twice.")
        around.key, around.key_line = words, line

    def _plain(self, words: str, line: int) -> Any:
        """The value of an unquoted scalar by the 1.2 core schema."""
        if words[:1] not in _MAYBE_NO_TEXT:
            return words
        if words in _NULL:
            return None
        if words in _TRUE:
            return True
        if words in _FALSE:
            return False
        if _INTEGER.match(words) or _BASED.match(words):
            if len(words.lstrip("+-")) > MAX_INTEGER_DIGITS:
                detail = f"An integer of more than {MAX_INTEGER_DIGITS} digits."
                self._note(line, "integer-too-long", detail)
                return 0
            return int(words, 0)
        if _FLOAT.match(words):
            value = float(words)
            if math.isfinite(value):
                return value
        elif not _NOT_FINITE.match(words):
            return words
        self._note(line, "not-finite", f"{_short(words)} is no number that JSON can hold.")
        return 0.0

    def _put(self, value: Any, place: _Place) -> None:
        """Into what is open, or as a finished document."""
        if not self._stack:
            self.roots.append(_Root(self._first_line, place, value))
            return
        around = self._stack[-1]
        if isinstance(around.value, list):
            around.value.append(value)
            assert isinstance(around.place.inside, list)
            around.place.inside.append(place)
            return
        assert around.key is not None
        assert isinstance(around.place.inside, dict)
        if not around.ignored:
            around.value[around.key] = value
            around.place.inside[around.key] = place
        around.key = None

    def _wants_key(self) -> bool:
        return (
            bool(self._stack)
            and isinstance(self._stack[-1].value, dict)
            and self._stack[-1].key is None
        )

    def _line_here(self, line: int) -> int:
        """A value in a mapping stands where its key stands: that is what people look for."""
        if self._stack and self._stack[-1].key is not None:
            return self._stack[-1].key_line
        return line

    def _pointer(self) -> str:
        tokens = []
        for level in self._stack:
            if isinstance(level.value, list):
                tokens.append(str(len(level.value)))
            elif level.key is not None:
                tokens.append(_escape(level.key))
        return "".join(f"/{_short(token)}" for token in tokens)

    def _note(self, line: int, code: str, detail: str) -> None:
        self.problems.append(Problem(self._pointer(), line, code, detail))
        if len(self.problems) >= MAX_PROBLEMS:
            raise Refused(self.problems)

    def _stop(self, line: int, code: str, detail: str) -> None:
        raise Refused([*self.problems, Problem(self._pointer(), line, code, detail)])


def _tokens(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901)."""
    if not pointer:
        return []
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _escape(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _child(place: _Place, token: str) -> _Place | None:
    inside = place.inside
    if isinstance(inside, dict):
        return inside.get(token)
    if inside is not None and token.isascii() and token.isdigit() and int(token) < len(inside):
        return inside[int(token)]
    return None


def _short(words: str, limit: int = 60) -> str:
    """Enough of a text to recognise it."""
    return words if len(words) <= limit else words[: limit - 1] + "\u2026"
