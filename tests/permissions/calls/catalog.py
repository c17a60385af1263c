"""Calls of the actions of catalog, governance and kernel."""

from dataclasses import replace
from typing import Any

from bench.mesh.planning import plan_mesh
from catalog.actions import changes
from catalog.actions.apply import read
from catalog.actions.editing import described_product
from catalog.actions.incidents import open_incident
from catalog.actions.products import deprecate
from catalog.actions.standing import Standing
from catalog.models import Ask, ChangeProposal, Domain, SavedQuery, SavedSearch
from catalog.observations.base import LevelDay
from governance.models import Policy
from marketplace.connectors.reading import ColumnProfile, Finding
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.clock import now
from marketplace.kernel.events.models import Delivery
from marketplace.kernel.identity.actions import issue_token
from marketplace.kernel.identity.models import Team
from tests.catalog.observations import documents as reports
from tests.factories import descriptors as make
from tests.permissions.calls.register import of
from tests.permissions.scene import DELAYS, Scene

MORE = {**make.FLIGHT_COLUMNS, "tail": {"logicalType": "string", "physicalType": "text"}}


# --- catalog ------------------------------------------------------------------------------------


@of("catalog.actions.apply.apply_bundle")
def _bundle(_scene: Scene) -> dict[str, Any]:
    return {"text": make.contract(version="1.1.0", columns=MORE)}


@of("catalog.actions.apply.apply_files")
def _files(_scene: Scene) -> dict[str, Any]:
    return {"texts": {"delays.yaml": make.contract(version="1.1.0", columns=MORE)}}


@of("catalog.actions.changes.propose_change")
def _proposal(_scene: Scene) -> dict[str, Any]:
    return {"text": make.contract(version="1.1.0", columns=MORE)}


@of("catalog.actions.changes.announce_change")
def _draft(scene: Scene) -> dict[str, Any]:
    return {"change_id": _change(scene, draft=True).pk}


@of(
    "catalog.actions.changes.ask_consumers",
    "catalog.actions.changes.release_change",
    "catalog.actions.changes.withdraw_change",
)
def _proposed(scene: Scene) -> dict[str, Any]:
    return {"change_id": _change(scene).pk}


@of("catalog.actions.changes.clear_change")
def _asked(scene: Scene) -> dict[str, Any]:
    return {"change_id": changes.ask_consumers(SYSTEM, change_id=_change(scene).pk).pk}


def _change(scene: Scene, *, draft: bool = False) -> ChangeProposal:
    text = make.contract(version="1.1.0", columns=MORE)
    return changes.propose_change(scene.actors["olaf"], text=text, draft=draft)


@of("catalog.actions.domains.save_domain")
def _domain(_scene: Scene) -> dict[str, Any]:
    return {"wanted": read(make.domain("night-flights", team="flight-operations")).domains[0]}


@of("catalog.actions.domains.delete_domain")
def _bare_domain(_scene: Scene) -> dict[str, Any]:
    return {"slug": "bare"}


@of("catalog.actions.domains.save_team")
def _team(_scene: Scene) -> dict[str, Any]:
    return {"wanted": read(make.team("night-crew")).teams[0]}


@of("catalog.actions.domains.delete_team")
def _empty_team(scene: Scene) -> dict[str, Any]:
    Domain.objects.filter(slug="bare").delete()
    return {"slug": "empty"}


@of("catalog.actions.editing.save_product")
def _product(scene: Scene) -> dict[str, Any]:
    return {"wanted": replace(described_product(scene.product), purpose="Late flights.")}


@of("catalog.actions.editing.save_port")
def _port(scene: Scene) -> dict[str, Any]:
    port = described_product(scene.product).output_ports[0]
    return {"key": DELAYS, "port": replace(port, description="Every flight once.")}


@of("catalog.actions.incidents.open_incident")
def _trouble(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "title": "Late", "severity": "major", "text": "We look into it."}


@of("catalog.actions.incidents.update_incident", "catalog.actions.incidents.resolve_incident")
def _word(scene: Scene) -> dict[str, Any]:
    incident = open_incident(
        scene.actors["olaf"], key=DELAYS, title="Late", severity="major", text="We look into it."
    )
    return {"incident_id": incident.pk, "text": "It is mended."}


@of("catalog.actions.lineage.draw_granted")
def _edge(_scene: Scene) -> dict[str, Any]:
    return {
        "product_key": DELAYS,
        "kind": "team",
        "key": "growth",
        "name": "Growth",
        "reason": "proven",
    }


@of("catalog.actions.lineage.erase_granted")
def _no_edge(_scene: Scene) -> dict[str, Any]:
    return {"product_key": DELAYS, "kind": "team", "key": "growth"}


@of("catalog.actions.openlineage.receive")
def _lineage(_scene: Scene) -> dict[str, Any]:
    event = {
        "eventType": "COMPLETE",
        "eventTime": "2026-11-20T04:00:00Z",
        "producer": "https://example.org/pipeline",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "01939b1f-3b1c-7c3e-8a51-000000000001"},
        "job": {"namespace": "growth", "name": "nightly"},
        "inputs": [{"namespace": "warehouse", "name": "flight_operations.flights"}],
        "outputs": [{"namespace": "warehouse", "name": "growth.report"}],
    }
    return {"events": [event]}


@of("catalog.actions.platforms.register_platform")
def _platform(scene: Scene) -> dict[str, Any]:
    return {"key": "lake", "name": "Lake", "kind": "memory", "config": {}}


@of("catalog.actions.platforms._keep_findings")
def _findings(_scene: Scene) -> dict[str, Any]:
    return {"key": "warehouse", "findings": [Finding("error", "unreachable", "It is away.")]}


@of("catalog.actions.platform_reports._record", "catalog.actions.platform_reports.permit_report")
def _report_on_an_order(_scene: Scene) -> dict[str, Any]:
    order = {"handle": "mp_x", "generation": 1, "outcome": "done", "by": "pia", "words": ""}
    return {"key": "warehouse", "facts": order}


@of("catalog.actions.products.deprecate")
def _leave(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "reason": "There is a better one."}


@of("catalog.actions.products.publish", "catalog.actions.products.retire")
def _left(scene: Scene) -> dict[str, Any]:
    deprecate(scene.actors["olaf"], key=DELAYS, reason="There is a better one.")
    return {"key": DELAYS}


@of("catalog.actions.standing.set_standings")
def _standing(_scene: Scene) -> dict[str, Any]:
    return {"standings": {DELAYS: Standing(score=70)}}


@of("catalog.actions.profiles.keep_profile")
def _profile(scene: Scene) -> dict[str, Any]:
    found = ColumnProfile("carrier", 3, 0, 3, "AA", "UA", (("AA", 1),))
    return {"port_id": scene.found.port.pk, "found": (found,)}


@of("catalog.actions.quality.report_results")
def _results(_scene: Scene) -> dict[str, Any]:
    result = {
        "check_key": "rows", "name": "Rows", "status": "pass", "source": "dbt",
        "observed_at": now(),
    }  # fmt: skip
    return {"key": DELAYS, "results": [result]}


@of("catalog.actions.quality.report_levels")
def _levels(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "levels": [LevelDay("latency", now().date(), "met", "dbt")]}


@of("catalog.actions.reports.take_report")
def _report(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "document": reports.dbt()}


@of("catalog.actions.quality.report_windows")
def _windows(_scene: Scene) -> dict[str, Any]:
    return {"key": DELAYS, "windows": [{"day": now().date(), "state": "met", "basis": "dbt"}]}


@of("catalog.actions.saved_queries.save_query")
def _query(_scene: Scene) -> dict[str, Any]:
    return {
        "key": DELAYS, "port": "curated", "slug": "late", "title": "Late flights",
        "sql": "SELECT * FROM {relation}",
    }  # fmt: skip


@of("catalog.actions.saved_queries.keep_query")
def _keep(_scene: Scene) -> dict[str, Any]:
    where = {"key": DELAYS, "port": "curated"}
    return {**where, "title": "Late flights", "sql": "SELECT * FROM {relation}"}


@of("catalog.actions.saved_queries.count_run", "catalog.actions.saved_queries.remove_query")
def _run(scene: Scene) -> dict[str, Any]:
    row = SavedQuery.objects.create(
        port=scene.found.port, slug="kept", author="ana", title="Kept", sql="SELECT 1"
    )
    return {"query_id": row.pk}


@of("catalog.management.synthetic.write_mesh")
def _plan(_scene: Scene) -> dict[str, Any]:
    return {"plan": plan_mesh(4)}


@of("catalog.actions.asks.ask")
def _wish(_scene: Scene) -> dict[str, Any]:
    return {"title": "Weather at departure", "columns": ["wind"]}


@of("catalog.actions.asks.vote", "catalog.actions.asks.unvote")
def _wished(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene).pk}


@of("catalog.actions.asks.claim")
def _promise(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene).pk, "team": "flight-operations"}


@of("catalog.actions.asks.release")
def _promised(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene, "claimed").pk}


@of("catalog.actions.asks.answer")
def _wish_answered(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene).pk, "product": DELAYS}


@of("catalog.actions.asks.close")
def _wish_closed(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene).pk, "note": "Not in this decade."}


@of("catalog.actions.asks.reopen")
def _wish_again(scene: Scene) -> dict[str, Any]:
    return {"ask_id": _asked_for(scene, "closed").pk}


@of("catalog.actions.searches.save_search")
def _search_to_keep(_scene: Scene) -> dict[str, Any]:
    return {"name": "Late", "params": "q=late", "alert": True}


@of("catalog.actions.searches.change_search", "catalog.actions.searches.forget_search")
def _kept_search(scene: Scene) -> dict[str, Any]:
    row = SavedSearch.objects.create(user=scene.user("ana"), name="Late", params="q=late")
    return {"search_id": row.pk}


def _asked_for(_scene: Scene, state: str = "open") -> Ask:
    team = Team.objects.get(slug="flight-operations") if state == "claimed" else None
    return Ask.objects.create(title="Weather", author="ana", votes=1, state=state, team=team)


# --- governance ---------------------------------------------------------------------------------


@of("governance.actions.packs._install")
def _packs(_scene: Scene) -> dict[str, Any]:
    Policy.objects.all().delete()
    return {}


@of("governance.actions.packs.activate_policy")
def _policy(_scene: Scene) -> dict[str, Any]:
    kept = Policy.objects.get(active=True)
    return {"key": kept.key, "number": kept.number}


@of("governance.actions.packs.put_policy")
def _pack(_scene: Scene) -> dict[str, Any]:
    return {"pack": dict(Policy.objects.get(active=True).pack)}


@of("governance.actions.scores.rescore")
def _score(_scene: Scene) -> dict[str, Any]:
    return {"product_key": DELAYS}


@of("governance.actions.scores.rescore_all")
def _scores(_scene: Scene) -> dict[str, Any]:
    return {"product_keys": [DELAYS]}


# --- kernel -------------------------------------------------------------------------------------


@of("marketplace.kernel.events.actions.retry_delivery")
def _delivery(_scene: Scene) -> dict[str, Any]:
    row = Delivery.objects.order_by("pk").first()
    assert row is not None
    Delivery.objects.filter(pk=row.pk).update(dead=True, next_at=None)
    return {"delivery_id": row.pk}


@of("marketplace.kernel.identity.actions.change_profile")
def _profile_of_oneself(_scene: Scene) -> dict[str, Any]:
    return {"display_name": "Called otherwise", "mails": False}


@of("marketplace.kernel.identity.actions.issue_token")
def _token(_scene: Scene) -> dict[str, Any]:
    return {"username": "robot", "scopes": ("read",)}


@of("marketplace.kernel.identity.actions.revoke_token")
def _token_back(_scene: Scene) -> dict[str, Any]:
    token, _ = issue_token(SYSTEM, username="robot", scopes=("read",))
    return {"token_id": token.pk}


@of("catalog.actions.harvesting.permit_harvest")
def _harvest(_scene: Scene) -> dict[str, Any]:
    return {"key": "warehouse", "what": "flight_operations"}
