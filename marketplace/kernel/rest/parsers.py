"""Bodies that are read: JSON without surprises, and bundles of YAML.

Everything is bounded before it is parsed: by ``max_body`` of the endpoint, in bytes, also after a
gzip body was opened.
"""

import json
import zlib
from collections.abc import Mapping
from itertools import islice
from typing import IO, Any

from rest_framework import exceptions
from rest_framework.parsers import BaseParser, MultiPartParser

from marketplace.kernel.errors import DomainError, FieldProblem, Invalid
from marketplace.kernel.rest.texts import problems_in

MAX_BODY = 1_000_000
_MOST_PROBLEMS = 20


class TooLarge(DomainError):
    """The body has more bytes than this address reads (RFC 9110, section 15.5.14)."""

    code = "too-large"
    title = "The body is too large."
    status = 413


class UnknownEncoding(DomainError):
    """The body is packed in a way that is not read here."""

    code = "unsupported-encoding"
    title = "Send the body plain, or with gzip."
    status = 415


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no doubled key, no control or bidi character, UTF-8."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the framework's name
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Give the value, or refuse with its place."""
        raw = read_body(stream, parser_context)
        try:
            value = json.loads(
                raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number
            )
        except UnicodeDecodeError:
            raise exceptions.ParseError("The body is not UTF-8.") from None
        except RecursionError:
            raise exceptions.ParseError("The body is nested too deeply.") from None
        except ValueError as wrong:
            raise exceptions.ParseError(f"The body is not JSON: {wrong}") from None
        try:
            problems = list(islice(problems_in(value), _MOST_PROBLEMS))
        except RecursionError:
            raise exceptions.ParseError("The body is nested too deeply.") from None
        if problems:
            raise Invalid(*problems)
        return value


class YAMLParser(BaseParser):
    """A bundle of YAML descriptors as it stands; it is read by the action, not here."""

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002 - the framework's name
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, bytes]:
        """Give the text as the field ``documents``."""
        return {"documents": read_body(stream, parser_context)}


class TextYAMLParser(YAMLParser):
    """The same under its older name."""

    media_type = "text/yaml"


class FilesParser(MultiPartParser):
    """Files of a form that make one bundle."""

    def parse(  # type: ignore[override]
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, dict[str, bytes]]:
        """Give the files' texts by name as the field ``files``."""
        _check_length(parser_context)
        form = super().parse(stream, media_type, dict(parser_context or {}))
        sent = [file for _, files in form.files.lists() for file in files]
        if not sent:
            raise Invalid(FieldProblem("/file", "required", "Send at least one file."))
        return {"files": {f"{at}: {file.name}": file.read() for at, file in enumerate(sent, 1)}}


def read_body(stream: IO[Any], context: Mapping[str, Any] | None) -> bytes:
    """Read a body within its bound; opens gzip, within the same bound."""
    _check_length(context)
    most = _most(context)
    raw: bytes = stream.read(most + 1)
    if len(raw) > most:
        raise TooLarge(most=most)
    encoding = _header(context, "Content-Encoding").lower()
    if encoding in ("", "identity"):
        return raw
    if encoding != "gzip":
        raise UnknownEncoding
    return _opened(raw, most)


def _opened(raw: bytes, most: int) -> bytes:
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpack.decompress(raw, most + 1)
    except zlib.error:
        raise exceptions.ParseError("The body is not gzip.") from None
    if len(plain) > most or unpack.unconsumed_tail:
        raise TooLarge(most=most)
    if not unpack.eof:
        raise exceptions.ParseError("The gzip body ends too early.")
    return plain


def _check_length(context: Mapping[str, Any] | None) -> None:
    length = _header(context, "Content-Length")
    if length.isdigit() and int(length) > _most(context):
        raise TooLarge(most=_most(context))


def _most(context: Mapping[str, Any] | None) -> int:
    return int(getattr((context or {}).get("view"), "max_body", MAX_BODY))


def _header(context: Mapping[str, Any] | None, name: str) -> str:
    request = (context or {}).get("request")
    return str(request.headers.get(name, "")) if request is not None else ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands there twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
