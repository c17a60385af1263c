"""Markdown of descriptors and comments as safe HTML.

Two gates: the parser knows no raw HTML (preset `js-default`), and what it wrote is cleaned with
an allow-list. Images are left out: a picture from elsewhere would tell its server who reads.
"""

from typing import Final

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

TAGS: Final = {
    *("p", "br", "hr", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES: Final = {"http", "https", "mailto"}
_DEEPEST_HEADING: Final = 6
_HEADINGS_SHIFT: Final = 2  # a page has its own h1 and h2


def _demote_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            level = min(_DEEPEST_HEADING, int(token.tag[1]) + _HEADINGS_SHIFT)
            token.tag = f"h{level}"


_PARSER: Final = MarkdownIt("js-default")
_PARSER.core.ruler.push("demote_headings", _demote_headings)


def to_html(text: str) -> SafeString:
    """Render Markdown that a person wrote. Headings start at h3; links carry no referrer."""
    cleaned = nh3.clean(
        _PARSER.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(cleaned)  # the one place where markup is trusted: nh3 has just written it
