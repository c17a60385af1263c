"""Numbers, sizes and times as people say them, in the language of the page."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from django.utils.dateformat import format as date_format
from django.utils.formats import get_format
from django.utils.translation import gettext, gettext_noop, ngettext, pgettext

THIN = "\u2009"  # separates thousands, and a number from its unit
_SECOND, _MINUTE, _HOUR, _DAY = 1, 60, 3_600, 86_400
_MONTH, _YEAR = 30 * _DAY, 365 * _DAY
_CODES = {
    "analytics": gettext_noop("analytics"),
    "reporting": gettext_noop("reporting"),
    "operations": gettext_noop("operations"),
    "marketing": gettext_noop("marketing"),
    "machine_learning": gettext_noop("machine learning"),
    "regulatory": gettext_noop("regulatory"),
    "research": gettext_noop("research"),
    "user": gettext_noop("person"),
    "team": gettext_noop("team"),
    "data_product": gettext_noop("data product"),
    "application": gettext_noop("application"),
    "agent": gettext_noop("agent"),
    "member": gettext_noop("member"),
    "lead": gettext_noop("lead"),
    "product_owner": gettext_noop("product owner"),
    "data_steward": gettext_noop("data steward"),
    "domain_owner": gettext_noop("domain owner"),
    "caretaker": gettext_noop("caretaker"),
    "governance": gettext_noop("governance"),
    "privacy_officer": gettext_noop("privacy officer"),
    "platform_operator": gettext_noop("platform operator"),
    "auditor": gettext_noop("auditor"),
    "public": gettext_noop("public"),
    "internal": gettext_noop("internal"),
    "confidential": gettext_noop("confidential"),
    "restricted": gettext_noop("restricted"),
    "minute": gettext_noop("minute"),
    "minutes": gettext_noop("minutes"),
    "hour": gettext_noop("hour"),
    "hours": gettext_noop("hours"),
    "week": gettext_noop("week"),
    "weeks": gettext_noop("weeks"),
    "month": gettext_noop("month"),
    "months": gettext_noop("months"),
    "year": gettext_noop("year"),
    "years": gettext_noop("years"),
}


def duration(span: timedelta | float | None) -> str:
    """Say a span in its two largest units: "40 s", "4 min 12 s", "2 h 10 min", "3 days".

    A number means seconds. `None` gives an empty string. From three days on only the days,
    and from two months on only the months or years count.
    """
    if span is None:
        return ""
    seconds = abs(span.total_seconds() if isinstance(span, timedelta) else float(span))
    if seconds < _SECOND:
        return gettext("under 1 s")
    if seconds < _MINUTE:
        return f"{round(seconds)} s"
    if seconds < _HOUR:
        return _two(seconds, _MINUTE, "min", _SECOND, "s")
    if seconds < _DAY:
        return _two(seconds, _HOUR, "h", _MINUTE, "min")
    if seconds < 3 * _DAY:
        return _two(seconds, _DAY, _days(int(seconds // _DAY)), _HOUR, "h")
    return _long(seconds)


def about(span: timedelta | float | None) -> str:
    """Say a span in its largest unit only: "6 min", "2 h", "3 days"."""
    if span is None:
        return ""
    seconds = abs(span.total_seconds() if isinstance(span, timedelta) else float(span))
    for size, unit in ((_DAY, ""), (_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s")):
        if seconds >= size:
            if size == _DAY:
                return _long(seconds)
            return f"{int(seconds // size)} {unit}"
    return gettext("under 1 s")


def ago(moment: datetime, now: datetime) -> str:
    """Say how far a moment is from now: "just now", "38 min ago", "in 3 days"."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < _MINUTE:
        return gettext("just now") if seconds >= 0 else gettext("in a moment")
    words = about(seconds)
    form = gettext("%(span)s ago") if seconds > 0 else gettext("in %(span)s")
    return form % {"span": words}


def day(moment: date) -> str:
    """Write a day as the language of the page does: "3 Mar 2026", "3. Mär. 2026"."""
    return date_format(moment, pgettext("date, as Django writes formats", "j M Y"))


def month(moment: date) -> str:
    """Name a month: "March 2026"."""
    return date_format(moment, "F Y")


def number(value: float | None) -> str:
    """Write a number with thin spaces between thousands: "336 776", "0.11"."""
    if value is None:
        return ""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}".replace(",", THIN)
    whole, _, rest = f"{value:,.2f}".partition(".")
    return _decimal(f"{whole.replace(',', THIN)}.{rest}")


def compact(value: float | None) -> str:
    """Write a large number short: "336.8 k", "2.1 B"; below a thousand as it is."""
    if value is None:
        return ""
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return _decimal(f"{value / size:.1f}".removesuffix(".0")) + f"{THIN}{unit}"
    return number(value)


def size(octets: float | None) -> str:
    """Write a size in bytes with decimal units: "512 B", "1.2 MB"."""
    if octets is None:
        return ""
    amount = float(octets)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(amount) < 1000 or unit == "TB":  # noqa: PLR2004 - decimal units, IEC 80000-13
            figure = f"{amount:.0f}" if unit == "B" else f"{amount:.1f}".removesuffix(".0")
            return f"{_decimal(figure)}{THIN}{unit}"
        amount /= 1000
    return ""


def percent(share: float | None) -> str:
    """Write a share of 1 as a percentage; the last hundredth is never rounded up to 100 %."""
    if share is None:
        return ""
    value = share * 100
    if value in (0, 100):
        return f"{value:.0f}{THIN}%"
    if value < 0.005:  # noqa: PLR2004 - what would be rounded to nothing is something
        return f"<{THIN}" + _decimal("0.01") + f"{THIN}%"
    digits = 2 if value >= 90 or value < 0.1 else 1  # noqa: PLR2004 - where the detail is the point
    shown = min(float(f"{value:.{digits}f}"), 100 - 10**-digits)
    return _decimal(f"{shown:.{digits}f}") + f"{THIN}%"


def initials(name: str) -> str:
    """Give one or two capitals for an avatar; a bare login gives its first two letters."""
    words = [word for word in re.split(r"[\s._:@-]+", name.strip()) if word]
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[1][0]
    return unicodedata.normalize("NFC", letters).upper()


def tint(name: str) -> int:
    """Choose one of five avatar colours, always the same for the same name."""
    return sum(name.encode()) % 5 + 1


def spoken(code: str) -> str:
    """Say a code of ours (a purpose, a role, a kind of consumer) as a word of the page's language.

    A code that has no word yet is shown with spaces for its underscores.
    """
    return gettext(_CODES[code]) if code in _CODES else code.replace("_", " ")


def of_address(path: str) -> str:
    """Give the words of an address: `/products/fleet.late-flights/schema` is "late flights".

    They are those of the key in it, else of its last part; an id has none.
    """
    parts = path.strip("/").split("/")
    named = next((part for part in parts if "." in part), parts[-1]).rpartition(".")[2]
    found = re.split(r"[-_+ ]+", named)
    return " ".join(found)[:80] if all(word.isalpha() for word in found) else ""


def search_words(query: str) -> list[str]:
    """Give the plain words of a search: no `key:value` filters, no single characters."""
    return [word for word in query.split() if ":" not in word and len(word) > 1]


def _two(seconds: float, big: int, big_unit: str, small: int, small_unit: str) -> str:
    whole, rest = divmod(int(seconds), big)
    part = rest // small
    return f"{whole} {big_unit} {part} {small_unit}" if part else f"{whole} {big_unit}"


def _long(seconds: float) -> str:
    if seconds < 2 * _MONTH:
        days = int(seconds // _DAY)
        return f"{days} {_days(days)}"
    if seconds < 2 * _YEAR:
        return gettext("%(months)s months") % {"months": int(seconds // _MONTH)}
    return gettext("%(years)s years") % {"years": int(seconds // _YEAR)}


def _days(count: int) -> str:
    return ngettext("day", "days", count)


def _decimal(figure: str) -> str:
    """Write the decimal point as the language of the page does."""
    return figure.replace(".", str(get_format("DECIMAL_SEPARATOR")))
