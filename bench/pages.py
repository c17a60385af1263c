"""P6: how fast pages stand in a browser, on a slow line and processor, and how fast they answer.

Cold loads: an empty cache, 150 ms and 1.6 Mb/s (Chromium's own "Fast 3G"), the processor slowed
four times. Keystrokes: without brakes, from the key to the list that shows its answer.
"""

import os
from typing import TYPE_CHECKING, Any, Final

from bench.chromium import chromium
from bench.figures import Bar, Row, nearest_rank
from bench.ground import Ground
from bench.mesh.vocabulary import PROBES
from bench.reading import session_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_FAST_3G: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
_SLOWER: Final = 4
_LOADS: Final = 5
_WORDS: Final = 4
_SEEN: Final = """
  window.seen = {lcp: 0, cls: 0};
  new PerformanceObserver(list => { for (const e of list.getEntries()) seen.lcp = e.startTime; })
    .observe({type: "largest-contentful-paint", buffered: true});
  new PerformanceObserver(list => { for (const e of list.getEntries())
    if (!e.hadRecentInput) seen.cls += e.value; }).observe({type: "layout-shift", buffered: true});
"""
_KEYS: Final = """
  window.keys = [];
  addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
  addEventListener("htmx:after:swap", () => requestAnimationFrame(() => {
    if (window.pressed) keys.push(performance.now() - window.pressed);
    window.pressed = 0;
  }), true);
"""


def pages(ground: Ground) -> list[Row]:
    """Load the pages that people begin with, and search as they type."""
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright has a loop running
    reader, owner = (_cookie(ground, who) for who in ("bench-reader", "bench-owner"))
    product = _a_product()
    with chromium() as browser:
        rows = [
            _loads(browser, cookie, name, path)
            for cookie, name, path in (
                (reader, "market", "/"),
                (reader, "market, searched", "/?q=passenger"),
                (reader, "product", f"/products/{product}"),
                (reader, "request", f"/products/{product}/request"),
                (reader, "lineage", f"/lineage?node=product/{product}"),
                (reader, "lab", "/lab"),
                (owner, "owner home", "/owner"),
            )
        ]
        return [*rows, _keystrokes(browser, reader, ground)]


def _cookie(ground: Ground, who: str) -> dict[str, str]:
    """Sign somebody in; give the cookie as Playwright takes it."""
    address = f"http://127.0.0.1:{ground.port}"
    return {"name": "emporion_session", "value": session_of(who), "url": address}


def _loads(browser: "Browser", cookie: dict[str, str], name: str, path: str) -> Row:
    """Load a page cold five times; the row has the times of its largest paint."""
    found = [_cold(browser, cookie, path) for _ in range(_LOADS)]
    paints = sorted(one["lcp"] for one in found)
    moved = max(one["cls"] for one in found)
    middle = nearest_rank(paints, 0.5)
    bars = [Bar("LCP", middle, 1500), Bar("CLS", round(moved, 3), 0.05, unit="")]
    return Row("P6", f"{name} page, cold, Fast 3G, processor / 4", middle, paints[-1], bars=bars)


def _cold(browser: "Browser", cookie: dict[str, str], path: str) -> dict[str, float]:
    page = _page(browser, cookie, _SEEN)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", dict(_FAST_3G))
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    page.goto(cookie["url"] + path, wait_until="networkidle", timeout=120_000)
    page.wait_for_function("() => window.seen.lcp > 0", timeout=120_000)
    seen: dict[str, float] = page.evaluate("window.seen")
    page.context.close()
    return seen


def _keystrokes(browser: "Browser", cookie: dict[str, str], ground: Ground) -> Row:
    """Type words letter by letter, each after the answer to the last; 80 ms of it are waited."""
    page = _page(browser, cookie, _KEYS)
    page.goto(cookie["url"] + "/")
    times: list[float] = []
    for word in list(PROBES)[:_WORDS]:
        page.fill("#q", "")
        page.wait_for_timeout(1500)
        page.focus("#q")
        page.evaluate("window.keys.length = 0; window.pressed = 0")
        for number, letter in enumerate(word, 1):
            page.keyboard.type(letter)
            page.wait_for_function("n => window.keys.length >= n", arg=number, timeout=60_000)
        times += page.evaluate("window.keys")
    page.context.close()
    bars = [Bar("p50", nearest_rank(times, 0.5), 200)]
    work = f"key to results in the browser, {ground.products:,} products, {len(times)} keys"
    return Row("P6", work, *(nearest_rank(times, share) for share in (0.5, 0.95, 0.99)), bars=bars)


def _page(browser: "Browser", cookie: dict[str, str], script: str) -> "Page":
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    given: list[Any] = [cookie]
    context.add_cookies(given)
    context.add_init_script(script)
    return context.new_page()


def _a_product() -> str:
    from catalog.models import DataProduct

    rows = DataProduct.objects.filter(status="active", scope="organization").order_by("-consumers")
    return str(rows.values_list("key", flat=True)[0])
