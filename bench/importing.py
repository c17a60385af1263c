"""P5, second half: a thousand descriptors validated, scored and searchable; verdicts per second."""

import time

from bench.client import Connection, drive
from bench.figures import Bar, Row, Series, row_of
from bench.ground import DOMAIN, PORT, PRODUCT, TEAM, Ground, until
from bench.mesh.planning import plan_mesh
from bench.mesh.texts import bundle, contract_text, product_text

_PRODUCTS, _PER_FILE = 500, 40
_PATIENCE_S = 600.0
_BOUNDARY = "bench-boundary"


def importing(ground: Ground) -> list[Row]:
    """Import by one REST call; ask for verdicts without making requests."""
    return [_import(ground), _verdicts(ground)]


def _import(ground: Ground) -> Row:
    from marketplace.kernel.events.models import Delivery

    body = _files()
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    ask = ground.call("bench-owner", "POST", "apply", body, **{"Content-Type": kind})
    connection = Connection(ground.port, timeout=_PATIENCE_S)
    began = time.perf_counter()
    answer = connection.ask(ask)
    answered = (time.perf_counter() - began) * 1000
    connection.close()
    if answer.status != 200:  # noqa: PLR2004 - the only good answer
        raise RuntimeError(f"{answer.status}: {answer.body[:2000]!r}")
    drive(ground.port, [ground.call("bench-reader", "GET", "products?q=passenger")])
    searchable = (time.perf_counter() - began) * 1000
    waiting = Delivery.objects.filter(next_at__isnull=False)
    done = (until(lambda: not waiting.exists(), seconds=120, pause=0.05) - began) * 1000
    return Row(
        "P5",
        f"import of {2 * _PRODUCTS:,} descriptors ({len(body) / 1e6:.1f} MB) by one call",
        p50=answered,
        bars=[
            Bar("searchable", searchable / 1000, 10, unit="s"),
            Bar("scored, told", done / 1000, 10, unit="s"),
        ],
        note=f"{2 * _PRODUCTS / answered * 1000:,.0f} descriptors/s",
    )


def _files() -> bytes:
    """Write products and their contracts as files of one form; one file holds at most 256 kB."""
    plan = plan_mesh(_PRODUCTS, columns=10, seed=2, first=1_000_000)
    for one in plan.products:
        one.domain, one.team = DOMAIN, TEAM
        if one.status == "deprecated":
            one.status = "active"  # nothing starts deprecated
    parts = []
    for start in range(0, _PRODUCTS, _PER_FILE):
        some = plan.products[start : start + _PER_FILE]
        text = bundle(text for one in some for text in (product_text(one), contract_text(one)))
        parts.append(
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name=file; "
            f'filename="part{start:04}.yaml"\r\nContent-Type: application/yaml\r\n\r\n{text}\r\n'
        )
    return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()


def _verdicts(ground: Ground) -> Row:
    ask = {
        "product": PRODUCT,
        "port": PORT,
        "consumer": {"kind": "user", "id": "bench-reader"},
        "purpose": "analytics",
        "duration_days": 30,
    }
    asks = [ground.call("bench-reader", "POST", "access-requests/evaluate", ask)]
    drive(ground.port, asks, connections=8, count=64)
    alone: Series = drive(ground.port, asks, count=ground.rounds * 10)
    together = drive(ground.port, asks, count=ground.rounds * 10, connections=8)
    return row_of("P4", "verdict on a request that is not made", alone, together)
