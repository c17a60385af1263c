"""Which part of a page to answer with: the whole, or the fragment that a script asked for."""

from django.http import HttpRequest


def wants_fragment(request: HttpRequest, target: str = "") -> bool:
    """Tell whether the page's script asked for a part (htmx 4 and our own fetches say so).

    With `target`, only when that element is to be filled: `wants_fragment(request, "drawer")`.
    A history restore wants the whole page.
    """
    headers = request.headers
    if headers.get("HX-Request") != "true" or headers.get("HX-Request-Type") == "full":
        return False
    if headers.get("HX-History-Restore-Request") == "true":
        return False
    asked = headers.get("HX-Target", "").rpartition("#")[2]
    return not target or asked == target


def part_of(request: HttpRequest, template: str, part: str) -> str:
    """Name the template to render: `market.html#browse` for the script, else `market.html`."""
    return f"{template}#{part}" if wants_fragment(request) else template


def drawer_frame(request: HttpRequest) -> str:
    """Name the frame that a drawer's template extends: the fragment, or the page of its own."""
    inside = wants_fragment(request)
    return "components/drawer_frame.html" if inside else "drawer_page.html"
