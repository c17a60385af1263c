"""What scripts say, in the language of the page: the page carries their words as data.

A word is a text, or a pair for one and for many in which ``{n}`` is the number; other names in
braces are filled in by the script.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Final

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext, ngettext


def page(n: int) -> dict[str, str]:
    """Give what the page's own script and the lab's say of ``n`` things."""
    return {
        "copied": gettext("Copied"),
        "copyRefused": gettext("The browser did not allow copying: select the text instead"),
        "refused": gettext("The server refused ({n})."),
        "silent": gettext("The server did not answer. Try again."),
        # A day as words.day writes it: the script knows the reader's zone, the server does not.
        "day": gettext("{n} {month} {year}"),
        "months": " ".join(date_format(date(2000, month, 1), "M") for month in range(1, 13)),
        "followed": gettext("You will hear of {name}"),
        "noResults": gettext("No list of results was looked at before"),
        "firstResult": gettext("This is the first result"),
        "lastResult": gettext("This is the last result"),
        "rowsCopied": ngettext("Copied {n} row", "Copied {n} rows", n),
    }


def lineage(n: int) -> dict[str, str]:
    """Give what <lineage-graph> writes of ``n`` things beside the names of its nodes."""
    return {
        "failed": gettext("The lineage could not be loaded. Reload the page, or use the API."),
        "graph": gettext(
            "Lineage of {name}: {n} nodes. Arrow keys follow the edges, with Shift they move the "
            "picture; Enter opens."
        ),
        "up": gettext("{n} up"),
        "down": gettext("{n} down"),
        "late": gettext("Service level missed"),
        "moreUp": gettext("+{n} upstream of {name}"),
        "moreDown": gettext("+{n} downstream of {name}"),
        "grade": gettext("DATSIS grade"),
        "upstream": gettext("Upstream"),
        "downstream": gettext("Downstream"),
        "open": gettext("Open"),
        "close": gettext("Close details"),
        "products": ngettext("{n} product", "{n} products", n),
        "felt": ngettext(
            "{n} end consumer in {domains} would feel a breaking change here.",
            "{n} end consumers in {domains} would feel a breaking change here.",
            n,
        ),
        "domains": ngettext("{n} domain", "{n} domains", n),
        "outside": gettext("Outside any domain"),
        "declared": gettext("declared"),
        "granted": gettext("granted"),
        "observed": gettext("observed"),
        "nodes": gettext("{n} of {total} nodes"),
        "hops": ngettext("{n} hop", "{n} hops", n),
        "nothing": gettext("Nothing known."),
        "list": gettext("Lineage as a list"),
        "found": ngettext("{n} node found", "{n} nodes found", n),
    }


_SPOKEN: Final[dict[str, Callable[[int], dict[str, str]]]] = {"page": page, "lineage": lineage}


def as_json(which: str) -> str:
    """Give the words of a script as the text of an attribute."""
    of = _SPOKEN[which]
    one, many = of(1), of(2)
    found = {key: text if text == many[key] else [text, many[key]] for key, text in one.items()}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
