"""Every page of the story, in both themes: axe finds nothing, nothing scrolls sideways."""

import pytest

from tests.marketplace.web.browser import AXE, RULES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DELAYS = "flight-operations.flight-delays"
PAGES = {
    "ana": [
        "/",
        "/?q=nothing-is-called-so",
        "/?q=weather+fresh:yesterday",
        "/home",
        "/asks",
        "/asks/new?q=weather+has:wind",
        "/domains",
        "/domains/flight-operations",
        "/searches/new?q=late",
        "/settings/notifications",
        "/settings/searches",
        "/show-as/products?q=late",
        f"/products/{DELAYS}/peek",
        f"/products/{DELAYS}",
        f"/products/{DELAYS}/schema",
        f"/products/{DELAYS}/lineage",
        f"/products/{DELAYS}/quality",
        f"/products/{DELAYS}/connect",
        f"/products/{DELAYS}/access",
        f"/products/{DELAYS}/changes",
        f"/products/{DELAYS}/request",
        "/access",
        "/lab",
        "/inbox",
        "/settings",
        "/lineage?node=product/" + DELAYS,
        "/nothing-here",
    ],
    "olaf": [
        "/owner",
        "/owner/reviews",
        f"/owner/products/{DELAYS}/consumers",
        "/owner/apply",
        f"/owner/products/{DELAYS}/edit",
        f"/owner/products/{DELAYS}/edit?mode=form",
        f"/owner/products/{DELAYS}/insights",
        f"/owner/products/{DELAYS}/levels",
        "/owner/new",
        "/status",
    ],
    "gus": ["/governance", "/governance/policies", "/governance/verdicts", "/governance/audit"],
    "pia": ["/operator", "/dev/outbox"],
}
CASES = [(who, scheme) for who in PAGES for scheme in ("light", "dark")]


@pytest.mark.parametrize(("who", "scheme"), CASES)
def test_axe_finds_nothing(sign_in, who, scheme):
    page = sign_in(who, scheme=scheme)
    script = AXE.read_text()
    found = {}
    for path in PAGES[who]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate(script)
        violations = page.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map("
            "v => [v.id, v.nodes.map(n => n.target.join(' ')).slice(0, 3)]))",
            RULES,
        )
        if violations:
            found[path] = violations

    assert found == {}


@pytest.mark.parametrize("who", list(PAGES))
def test_no_page_scrolls_sideways_on_a_phone_and_no_console_complains(sign_in, complaints, who):
    page = sign_in(who, width=390)
    wide = {}
    for path in PAGES[who]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[path] = width

    assert wide == {}
    assert [words for words in complaints if "404" not in words] == []
