"""Parts of pages that are drawn once: what a part shows is its whole key.

A row of a list takes the template engine a third of a millisecond, and the same rows are shown
again and again. A part that depends on nothing but the plain data it is given can be kept under
exactly that data, so that it is never stale: another name, count or verdict is another key.
"""

import marshal
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString
from django.utils.translation import get_language

_PARTS = 4096  # of some 4 kB each
_VERSION = 2  # of the format: the last that writes equal data as equal bytes


def draw(template: str, facts: Mapping[str, Any]) -> SafeString:
    """Give a template's text for these facts, kept while they are plain data.

    Plain are text, numbers, booleans, None, lists, tuples and dictionaries. Anything else is drawn
    anew each time, text that is marked as safe above all: it must not stand in for the same
    letters typed by a person.
    """
    try:
        key = marshal.dumps(dict(facts), _VERSION)
    except ValueError:
        return render_to_string(template, dict(facts))
    if settings.DEBUG:  # templates are being written
        return render_to_string(template, dict(facts))
    place = f"{get_script_prefix()} {get_urlconf() or settings.ROOT_URLCONF}"  # of its links
    return _drawn(template, get_language() or "", place, key)


@lru_cache(maxsize=_PARTS)
def _drawn(template: str, _language: str, _place: str, key: bytes) -> SafeString:
    facts: dict[str, Any] = marshal.loads(key)  # noqa: S302 - our own bytes, made in this process
    return render_to_string(template, facts)
