"""Notice when a promise of quality breaks, and when it is kept again: once each.

Steps inside the actions that take reports. What counts is the newest word on a check or a service
level, so that reports of the past, late or twice, open nothing and mend nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from catalog.events import PromiseBroken, PromiseKept
from catalog.models import (
    DataProduct,
    OutputPort,
    QualityBreach,
    QualityResult,
    ServiceLevelDay,
    ServiceLevelWindow,
)
from marketplace.kernel.clock import now
from marketplace.kernel.events.log import record

WHOLE_DAY: Final = "day"  # the key of what was reported for days as a whole
_VERDICTS: Final = {"fail": True, "pass": False, "breached": True, "met": False}


@dataclass(frozen=True, slots=True)
class _Word:
    """The newest word on a promise; ``broken`` is None where it neither breaks nor mends."""

    kind: str
    key: str
    name: str
    words: str
    at: datetime
    broken: bool | None
    port: OutputPort | None = None


def watch_checks(product: DataProduct, keys: Iterable[str]) -> None:
    """Open or mend breaches by the newest result of each of these checks."""
    rows = (
        QualityResult.objects.filter(product=product, check_key__in=set(keys))
        .select_related("port")
        .order_by("check_key", "-observed_at")
        .distinct("check_key")
    )
    _follow(
        product,
        [
            _Word(
                "check",
                row.check_key,
                row.name,
                str(row.measured.get("detail") or "")[:300],
                row.observed_at,
                _VERDICTS.get(row.status),
                row.port,
            )
            for row in rows
        ],
    )


def watch_levels(product: DataProduct, properties: Iterable[str]) -> None:
    """Open or mend breaches by the newest day of each of these service levels."""
    rows = (
        ServiceLevelDay.objects.filter(product=product, property__in=set(properties))
        .order_by("property", "-day")
        .distinct("property")
    )
    _follow(
        product,
        [
            _Word(
                "level",
                row.property,
                row.property,
                _measured(row.words(), row.day),
                datetime.combine(row.day, time.min, UTC),
                _VERDICTS.get(row.state),
            )
            for row in rows
        ],
    )


def _measured(words: str, day: date) -> str:
    sentence = f"{words}, measured on {day}"
    return sentence[:300]


def watch_days(product: DataProduct) -> None:
    """Open or mend by the newest day, where days are reported as a whole."""
    row = ServiceLevelWindow.objects.filter(product=product).order_by("-day").first()
    if row is not None:
        moment = datetime.combine(row.day, time.min, UTC)
        words = _measured(row.basis, row.day)
        name = "service level"
        broken = _VERDICTS.get(row.state)
        _follow(product, [_Word("level", WHOLE_DAY, name, words, moment, broken)])


def _follow(product: DataProduct, said: list[_Word]) -> None:
    told = [one for one in said if one.broken is not None]
    if not told:
        return
    # Two reports at once: the second waits here, and then sees what the first has opened.
    DataProduct.objects.select_for_update(no_key=True).filter(pk=product.pk).values("pk").get()
    standing = {
        (row.kind, row.key): row
        for row in QualityBreach.objects.filter(
            product=product, mended_at__isnull=True, key__in={one.key for one in told}
        )
    }
    for one in told:
        open_one = standing.get((one.kind, one.key))
        if one.broken and open_one is None:
            _open(product, one)
        elif not one.broken and open_one is not None:
            _mend(product, open_one, one)


def _open(product: DataProduct, one: _Word) -> None:
    row = QualityBreach.objects.create(
        product=product,
        port=one.port,
        kind=one.kind,
        key=one.key,
        name=one.name,
        words=one.words,
        since=one.at,
    )
    record(
        PromiseBroken(
            subject=f"breach/{row.pk}",
            product=product.key,
            teams=(product.owner_team.slug,),
            breach_id=row.pk,
            kind=one.kind,
            what=one.name,
            port=one.port.name if one.port else "",
            words=one.words,
        )
    )


def _mend(product: DataProduct, row: QualityBreach, one: _Word) -> None:
    row.mended_at = now()
    row.save(update_fields=["mended_at"])
    record(
        PromiseKept(
            subject=f"breach/{row.pk}",
            product=product.key,
            teams=(product.owner_team.slug,),
            breach_id=row.pk,
            kind=row.kind,
            what=row.name,
            words=one.words,
        )
    )
