"""More questions to platforms that publish views: hostile names (T12) and masked columns."""

import hashlib
from typing import Any

from marketplace.connectors.base import (
    BadIdentifier,
    Grant,
    Limits,
    Mask,
    PortVariant,
    RowFilter,
)
from tests.connectors.contract import (
    CUSTOMER,
    GROWTH,
    HOSTILE,
    ROWS,
    ConnectorContract,
    Held,
    NarrowsRows,
    Platform,
)


class RestrictedContract(ConnectorContract, NarrowsRows):
    """Inherit instead of `ConnectorContract` where a port is a view of our own."""

    def read(self, platform: Platform, variant: PortVariant) -> set[Any]:
        """Read a published view of any accepted name."""
        name = variant.relation_name.replace('"', '""')
        sql = f'SELECT * FROM "{variant.relation_schema}"."{name}"'
        return set(platform.connector.query(Grant(variant, GROWTH), sql, Limits()).rows)

    def test_t12_hostile_names_are_refused_before_any_call(self, platform: Platform) -> None:
        assert len(set(HOSTILE)) == 200
        ana, before, refused = self.member(platform), platform.fingerprint(), set()
        for index, name in enumerate(HOSTILE):
            try:
                variant = self.variant(platform, port_id=f"port-{index}", relation_name=name)
                assert self.plan(platform, variant, ana)
            except BadIdentifier:
                refused.add(name)

        assert platform.fingerprint() == before
        assert refused >= {
            one for one in HOSTILE if set(one) & set("\"'`;\\%(\x00\n") or not one.strip()
        }

    def test_t12_hostile_names_that_are_taken_are_kept_exactly(self, platform: Platform) -> None:
        ana, kept = self.member(platform), []
        for index, name in enumerate(HOSTILE):
            try:
                variant = self.variant(platform, port_id=f"port-{index}", relation_name=name)
                plan = self.plan(platform, variant, ana)
            except BadIdentifier:
                continue
            list(platform.connector.apply(plan, Held()))
            kept.append(variant)

        assert len({variant.handle("test") for variant in kept}) == len(kept)
        assert {"delays", "Delays", "flight delays", "select", "日本語"} <= {
            one.relation_name for one in kept
        }
        for variant in kept:
            assert self.read(platform, variant) == {(1, "LH", 10), (2, "AF", 20)}

    def test_t12_hostile_names_as_columns_change_nothing(self, platform: Platform) -> None:
        good, ana = self.variant(platform), self.member(platform)
        self.reconcile(platform, good, ana)
        before = platform.fingerprint()
        for name in HOSTILE:
            try:
                plan = self.plan(platform, self.variant(platform, columns=("id", name)), ana)
            except BadIdentifier:
                continue
            assert plan.withheld
            assert not plan.steps

        assert platform.fingerprint() == before
        assert self.rows(platform, good, GROWTH) == {(1, "LH", 10), (2, "AF", 20)}

    def test_masked_columns_show_what_the_mask_says(self, platform: Platform) -> None:
        variant = self.variant(
            platform,
            columns=("id", "carrier", "minutes", "note"),
            row_filters=(RowFilter("minutes", ">=", 10),),
            masks=(Mask("carrier", "hash"), Mask("minutes", "null"), Mask("note", "partial", 2)),
        )
        self.reconcile(platform, variant, self.member(platform))

        rows = sorted(self.read(platform, variant))

        assert [(row[0], row[2], row[3]) for row in rows] == [
            (1, None, "****4A"),
            (2, None, "****1C"),
            (3, None, None),
        ]
        hashes = [row[1] for row in rows]
        assert len(set(hashes)) == 3
        assert all(len(one) == 64 for one in hashes)
        plain = {hashlib.sha256(row[1].encode()).hexdigest() for row in ROWS}
        assert not plain & set(hashes)
        probe = platform.connector.probe(Grant(variant, GROWTH), expect_access=True)
        assert probe.ok
        assert platform.connector.sample(variant, 10).rows[0][3] in {"****4A", "****1C", None}

    def test_a_mask_is_shrunk_to_before_anything_else_and_back(self, platform: Platform) -> None:
        clear = self.variant(platform)
        masked = self.variant(platform, masks=(Mask("carrier", "partial", 1),))
        ana, petra = self.member(platform), self.member(platform, CUSTOMER)
        self.reconcile(platform, clear, ana)

        plan = self.reconcile(platform, masked, ana, petra)

        ids = [step.id for step in plan.steps]
        assert ids.index("publish") < ids.index("join:team:customer")
        assert self.rows(platform, masked, GROWTH) == {(1, "****", 10), (2, "****", 20)}
        assert masked.digest != clear.digest
        self.reconcile(platform, clear, ana, petra)
        assert self.rows(platform, clear, CUSTOMER) == {(1, "LH", 10), (2, "AF", 20)}
