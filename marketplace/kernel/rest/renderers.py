"""Answers as JSON, written by orjson."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class ORJSONRenderer(BaseRenderer):
    """JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 - the framework's name
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - the framework's name
    ) -> bytes:
        """Give the bytes; an empty body for nothing."""
        return b"" if data is None else dumps(data)


def dumps(data: Any) -> bytes:
    """Write a value as JSON: times in UTC with a Z, what JSON does not know as text."""
    try:
        return orjson.dumps(data, default=_text, option=_OPTIONS)
    except TypeError:  # a number beyond 64 bits, or half a character, from a platform
        return json.dumps(data, default=_text).encode()


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    return str(value)
