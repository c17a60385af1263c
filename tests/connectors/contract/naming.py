"""Names that nobody should give, and people who have them: T12."""

from marketplace.connectors.base import BadIdentifier, Permanent, PortDesired, Principal
from tests.connectors.contract.platform import GROWTH, Platform
from tests.connectors.contract.words import ContractWords

_PAYLOADS = (
    "delays",
    "Delays",
    "flight delays",
    "a-b.c$d",
    "_x",
    "délais",
    "дані",
    "日本語",
    "עברית",
    "عربي",
    "x" * 63,
    "x" * 64,
    "é" * 31,
    "é" * 32,
    "",
    " ",
    " lead",
    "trail ",
    "two  spaces",
    "1digit",
    "nul\x00here",
    "line\nbreak",
    "tab\there",
    "bell\x07",
    "rtl\u202eoverride",
    "zero\u200bwidth",
    "joiner\u200d",
    "bom\ufeff",
    "emoji😀",
    "ﬁligature",
    "①circled",
    "\uff46ull",
    "𐐀stral",
    'dq"uote',
    "sq'uote",
    "back`tick",
    "back\\slash",
    "semi;colon",
    "per%cent",
    "%s",
    "{0}",
    "$mp$",
    "$1",
    "--comment",
    "/*c*/",
    "a)b",
    "(a",
    "a,b",
    "select",
    "user",
)
_WRAPPINGS = ("{}", 'x" {}', "{}'; DROP TABLE x; --", "{}_v2")
HOSTILE = tuple(wrapping.replace("{}", payload) for payload in _PAYLOADS for wrapping in _WRAPPINGS)
"""200 names; each is taken as it is or refused before any call."""


class KeepsNamesApart(ContractWords):
    """Asked of every connector."""

    def test_t12_hostile_names_of_what_is_shared_change_nothing(self, platform: Platform) -> None:
        good, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, good, ana)
        before = platform.fingerprint()

        for name in HOSTILE:
            if name == good.base_table:
                continue
            try:
                plan = self.plan(platform, self.variant(platform, base_table=name), ana)
            except (BadIdentifier, Permanent):
                continue
            assert plan.withheld
            assert not plan.steps

        assert platform.fingerprint() == before
        assert self.rows(platform, good, GROWTH) == self.shown(platform)

    def test_t12_hostile_consumers_are_kept_apart(self, platform: Platform) -> None:
        variant = self.variant(platform)
        keys = ["o'brien", 'x"y; --', "%s", "${x}$mp$", "back\\slash", "日本", "é`b", "=b64=eA=="]
        members = [self.member(platform, Principal("user", key)) for key in keys]

        self.reconcile(platform, variant, *members)

        observed = platform.connector.observe(variant)
        assert observed.holds(PortDesired(variant, frozenset(members)))
        assert {one.principal.key for one in observed.members} == set(keys)
        self.reconcile(platform, variant)
        assert platform.connector.observe(variant).members == frozenset()
