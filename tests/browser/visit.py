"""One visit to one page, with everything that has to hold on every page."""

import gzip
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, Response

from tests.browser.pages import PageToCheck
from tests.marketplace.web.browser import AXE, RULES

KB = 1024
# In KB as sent (gzip); ui.md, section 8. The lab's editor comes with the pages that have one.
BUDGETS = {"html": 20, "css": 12, "page css": 8, "js": 20, "page js": 160, "fonts": 100}
MOST_REQUESTS = 12
# 640 px are 200 % zoom of a window of 1280, 320 px are 400 % (WCAG 1.4.10); 390 is a telephone.
WIDTHS = (640, 390, 320)
COLOURS = ["color-contrast", "link-in-text-block"]
# The page's script has run, nothing is on its way, and elements that draw themselves have drawn.
SETTLED = """() => document.readyState === "complete" && window.htmx
  && !document.querySelector("[aria-busy=true], .htmx-request")
  && [...document.querySelectorAll("sql-editor, yaml-editor")].every(e => "ready" in e.dataset)
  && [...document.querySelectorAll("lineage-graph")].every(e => e.querySelector(".lg-n"))"""
VIOLATIONS = """([type, values]) => new Promise(done => requestAnimationFrame(() =>
  requestAnimationFrame(done))).then(() => axe.run(document, {runOnly: {type, values}}))
  .then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(" ")).slice(0, 3)]))"""
SENT = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].map(e => [e.name, e.encodedBodySize])"""
# On a slow line nothing but the page and its styles may come before the first words (LCP).
FIRST = """() => {
  const late = [...performance.getEntriesByType("resource")].filter(
    e => e.renderBlockingStatus === "blocking" && !/[.]css([?]|$)/.test(e.name)).map(e => e.name);
  const scripts = [...document.querySelectorAll("head script[src]")].filter(
    e => e.type !== "module" && !e.async && !e.defer).map(e => e.src);
  const ahead = [...document.querySelectorAll("link[rel=preload], link[rel=modulepreload]")];
  return [...late, ...scripts, ...ahead.map(e => e.href)];
}"""
WIDEST = """() => {
  const clipped = e => e && e !== document.body
    && (getComputedStyle(e).overflowX !== "visible" || clipped(e.parentElement));
  return [...document.querySelectorAll("body *")].filter(e => e.getClientRects().length
    && e.getBoundingClientRect().right > innerWidth + 1 && !clipped(e.parentElement))
    .map(e => e.tagName + "." + (e.className.baseVal ?? e.className)).slice(0, 3);
}"""


@dataclass
class Window:
    """A person's window, and what its console complained about since it was last asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        keep = self.complaints.append
        self.page.on("console", lambda m: keep(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: keep(str(error)))

    def faults(self, wanted: PageToCheck) -> dict[str, Any]:
        """Open a page in light, dark and narrow, and give what is wrong with it."""
        self._at_a_desk()
        path = wanted.path or self._found(wanted)
        self.complaints.clear()
        answer = self.page.goto(path)
        assert answer is not None
        self.page.wait_for_function(SETTLED)
        found: dict[str, Any] = {
            "status": answer.status if answer.status != wanted.status else None,
            "head": self._head(),
            "sent": self._sent(answer),
            "before the first words": self.page.evaluate(FIRST),
            **self.looks(),
        }
        found["console"] = [
            words
            for words in self.complaints
            if not (wanted.status >= 400 and f"status of {wanted.status}" in words)
        ]
        return {what: wrong for what, wrong in found.items() if wrong}

    def looks(self) -> dict[str, Any]:
        """Look at what stands in the window in light, dark and narrow; give what is wrong."""
        self._at_a_desk()
        found: dict[str, Any] = {"axe, light": self._violations("tag", RULES)}
        # What a theme changes is colours; all other rules were asked in light.
        self.page.emulate_media(color_scheme="dark")
        found["axe, dark"] = self._violations("rule", COLOURS)
        found["wide"] = self._wide()
        return {what: wrong for what, wrong in found.items() if wrong}

    def _at_a_desk(self) -> None:
        self.page.set_viewport_size({"width": 1400, "height": 900})
        self.page.emulate_media(color_scheme="light")

    def _found(self, wanted: PageToCheck) -> str:
        """Find the first link of its kind on the page that leads to it."""
        self.page.goto(wanted.by)
        where = f"main a[href^='{wanted.link}']" + (f"[href$='{wanted.end}']" if wanted.end else "")
        path = self.page.locator(where).first.get_attribute("href")
        assert path
        return path

    def _head(self) -> str | None:
        """Say what is wrong with title and first heading."""
        title, heads = self.page.title(), self.page.locator("h1").count()
        if heads == 1 and title.endswith(" · Emporion"):
            return None
        return f"{title}, {heads} first headings"

    def _violations(self, kind: str, rules: list[str]) -> list[Any]:
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        found: list[Any] = self.page.evaluate(VIOLATIONS, [kind, rules])
        return found

    def _sent(self, answer: Response) -> dict[str, Any]:
        """Sum up what travelled, by kind, and give what is over its budget."""
        sums = dict.fromkeys(BUDGETS, 0)
        sums["html"] = len(gzip.compress(answer.body(), 6))
        entries = self.page.evaluate(SENT)
        for address, size in entries[1:]:
            name = address.partition("?")[0].rpartition("/")[2]
            own = name.startswith("app.")
            for ending, kind in ((".css", "css"), (".js", "js"), (".woff2", "fonts")):
                if name.endswith(ending):
                    sums[kind if own or kind == "fonts" else f"page {kind}"] += size
        over = {kind: size for kind, size in sums.items() if size > BUDGETS[kind] * KB}
        number = {"requests": len(entries)} if len(entries) > MOST_REQUESTS else {}
        return {**over, **number}

    def _wide(self) -> dict[int, Any]:
        """Give the widths at which the page scrolls sideways, and what sticks out."""
        wide = {}
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            reached = self.page.evaluate("document.documentElement.scrollWidth")
            if reached > width:
                wide[width] = [reached, self.page.evaluate(WIDEST)]
        return wide
