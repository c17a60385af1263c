"""Figures: how a series of times is summed up, held against its limit and its bar, and shown."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil


@dataclass(frozen=True, slots=True)
class Series:
    """Times of one work in milliseconds, and how long all of it took in seconds."""

    times: tuple[float, ...]
    seconds: float

    def at(self, share: float) -> float:
        """The time that this share of the works did not exceed (nearest rank), 0 to 1."""
        return nearest_rank(self.times, share)

    @property
    def rate(self) -> float:
        """Works per second."""
        return len(self.times) / self.seconds if self.seconds else 0.0


def nearest_rank(times: Sequence[float], share: float) -> float:
    """Give the smallest time that at least this share of all times does not exceed."""
    if not times:
        raise ValueError("no times were measured")
    ordered = sorted(times)
    return ordered[max(1, ceil(share * len(ordered))) - 1]


@dataclass(frozen=True, slots=True)
class Bar:
    """What we hold ourselves to: a figure, and whether it is a ceiling or a floor."""

    name: str
    value: float
    bar: float
    floor: bool = False
    unit: str = "ms"

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side."""
        return self.value >= self.bar if self.floor else self.value <= self.bar

    def __str__(self) -> str:
        sign = ">=" if self.floor else "<="
        verdict = "met" if self.met else "MISSED"
        return f"{self.name} {_short(self.value)} ({sign} {_short(self.bar)} {self.unit}) {verdict}"


@dataclass(slots=True)
class Row:
    """One measured work: ours, the same work without our application, and the bars."""

    code: str
    work: str
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    rate: float | None = None
    limit: float | None = None
    limit_rate: float | None = None
    limit_is: str = ""
    bars: list[Bar] = field(default_factory=list)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the limit one work takes."""
        return self.p50 / self.limit if self.p50 is not None and self.limit else None

    def as_json(self) -> dict[str, object]:
        """Give all figures."""
        bars = [{**asdict(bar), "met": bar.met} for bar in self.bars]
        return {**asdict(self), "bars": bars, "ratio": self.ratio}


def row_of(
    code: str,
    work: str,
    alone: Series,
    together: Series | None = None,
    *,
    limit: Series | None = None,
    limit_together: Series | None = None,
    limit_is: str = "",
) -> Row:
    """Sum up a work measured alone (c=1) and, if it was, with eight at once (c=8)."""
    return Row(
        code,
        work,
        p50=alone.at(0.5),
        p95=alone.at(0.95),
        p99=alone.at(0.99),
        rate=together.rate if together else None,
        limit=limit.at(0.5) if limit else None,
        limit_rate=limit_together.rate if limit_together else None,
        limit_is=limit_is,
    )


_HEAD = ("", "Work", "p50 ms", "p95", "p99", "req/s c=8", "limit p50", "limit/s", "ratio", "Bars")


def table(rows: Iterable[Row]) -> str:
    """Give the rows as a Markdown table."""
    lines = [_HEAD, tuple("---" for _ in _HEAD)]
    for row in rows:
        ratio = f"{row.ratio:.1f}x" if row.ratio else ""
        bars = "; ".join([*(str(bar) for bar in row.bars), *([row.note] if row.note else [])])
        figures = (row.p50, row.p95, row.p99, row.rate, row.limit, row.limit_rate)
        lines.append((row.code, row.work, *map(_short, figures), ratio, bars))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _short(value: float | None) -> str:
    """Three figures: 0.124, 12.4, 1,240."""
    if value is None:
        return ""
    if abs(value) >= 100:  # noqa: PLR2004 - three figures
        return f"{value:,.0f}"
    return f"{value:.3g}"
