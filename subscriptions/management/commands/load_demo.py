"""Load the demo mesh: real flights, real grants, a month of labelled history."""

import hashlib
import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.actions.apply import apply_bundle
from catalog.actions.changes import propose_change
from catalog.actions.platforms import prepare_platform, register_platform
from catalog.actions.profiles import take_profile
from catalog.actions.quality import report_levels, report_results
from catalog.actions.standing import Standing, set_standings
from catalog.models import ChangeProposal, DataProduct, OutputPort, PlatformConnection
from catalog.observations.base import LevelDay
from governance.actions.packs import install_packs, missing_packs
from marketplace.connectors.base import ConnectorError
from marketplace.kernel.actors import SYSTEM, Actor
from marketplace.kernel.clock import now
from marketplace.kernel.errors import DomainError, Duplicate
from marketplace.kernel.events.delivering import deliver_due
from marketplace.kernel.identity.current import actor_of_user
from marketplace.kernel.identity.models import User
from subscriptions.actions import follows, requests
from subscriptions.actions.notices import acknowledge
from subscriptions.actions.usage import report_usage
from subscriptions.models import AccessRequest, Notice
from subscriptions.tasks import work_until_idle

_ANSWERS = {"acknowledged": "acknowledge", "needs_time": "need_time", "objected": "object"}


class Command(BaseCommand):
    """Play the demo through the same actions that people use; a second run changes nothing."""

    help = "Load the demo mesh. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """--sample loads a small part of the data, for tests."""
        parser.add_argument("--sample", action="store_true", help="A small part of the data.")
        parser.add_argument("--no-stories", action="store_true", help="No agreements, no history.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load what is not there yet."""
        if not settings.WAREHOUSE_ADMIN_DSN:
            raise CommandError("There is no demo warehouse: EMPORION_WAREHOUSE_ADMIN_DSN is empty.")
        from demo import warehouse

        loaded = warehouse.load(
            settings.WAREHOUSE_ADMIN_DSN,
            sample=options["sample"] or os.environ.get("EMPORION_DEMO_SAMPLE") == "1",
            progress=self.stdout.write,
        )
        if missing_packs():
            install_packs(SYSTEM)
        _people()
        _platform()
        self._mesh(again=loaded.loaded)
        if not options["no_stories"]:
            self._stories()
        deliver_due(limit=5000)
        self.stdout.write("The demo mesh is loaded.")

    def _mesh(self, *, again: bool) -> None:
        from demo.descriptors import files

        text = "\n---\n".join(path.read_text(encoding="utf-8").strip() for path in files())
        digest = hashlib.sha256(text.encode()).hexdigest()
        if DataProduct.objects.exists() and _mark() == digest and not again:
            self.stdout.write("The mesh is as it was.")
            return
        outcome = apply_bundle(SYSTEM, text=text)
        self.stdout.write(f"Applied {len(outcome.documents)} descriptors.")
        for port in OutputPort.objects.select_related(
            "product__owner_team", "platform", "contract"
        ).filter(platform__isnull=False):
            if port.provisioned:
                try:
                    take_profile(port)
                except ConnectorError as failed:
                    self.stderr.write(f"No profile of {port}: {failed}")
        if again:
            # What the warehouse holds was written just now; no pipeline tells anything fresher.
            for key in DataProduct.objects.values_list("key", flat=True):
                set_standings(SYSTEM, standings={key: Standing(refreshed_at=now())})
        _keep_mark(digest)

    def _stories(self) -> None:
        from demo import history, story
        from demo.checks import run_checks
        from demo.descriptors import contracts

        if AccessRequest.objects.exists():
            return
        today = now().date()
        results = run_checks(settings.WAREHOUSE_ADMIN_DSN, contracts())
        results += history.quality_history(results, today=today)
        _report_quality(results)
        _report_windows(history.service_levels(contracts(), today=today))
        for agreed in story.AGREEMENTS:
            _agree(agreed)
        for asked in story.OPEN_REQUESTS:
            _ask(asked)
        _report_usage(history.usage(story.AGREEMENTS, today=today))
        for one in story.FOLLOWS:
            follows.follow(_actor(one.username), key=one.product)
        work_until_idle()
        _change(story.CHANGE_IN_PROGRESS)
        work_until_idle()
        self.stdout.write("Agreements, follows, a change in progress and history are there.")


def _people() -> None:
    from demo.people import PEOPLE

    password = os.environ.get("EMPORION_DEMO_PASSWORD", "")
    digest: str | None = None
    for person in PEOPLE:
        user, is_new = User.objects.get_or_create(
            username=person.username,
            defaults={
                "email": person.email,
                "display_name": person.display_name,
                "roles": list(person.instance_roles),
                "is_staff": "platform_operator" in person.instance_roles,
            },
        )
        if password and user.password != digest:
            if digest is None:  # slow on purpose (0.4 s), so once: they share the password
                kept = not is_new and user.check_password(password)
                digest = user.password if kept else make_password(password)
            user.password = digest
            user.save(update_fields=["password"])


def _platform() -> None:
    given = settings.WAREHOUSE
    if not given["port"]:
        raise CommandError("There is no demo warehouse: WAREHOUSE_PORT is empty.")
    config = {
        "host": given["host"],
        "port": int(given["port"]),
        "database": given["database"],
        "user": given["user"],
    }
    kept = PlatformConnection.objects.filter(key="warehouse").first()
    if kept is None or kept.config != config:
        _register(config, given["password"])
    prepare_platform(SYSTEM, key="warehouse")


def _register(config: dict[str, Any], password: str) -> None:
    register_platform(
        SYSTEM,
        key="warehouse",
        name="Flight warehouse",
        kind="postgres",
        config=config,
        secret=password,
    )


def _mark() -> str:
    kept = settings.VAR / "demo-mesh.sha256"
    return kept.read_text() if kept.exists() else ""


def _keep_mark(digest: str) -> None:
    settings.VAR.mkdir(parents=True, exist_ok=True)
    (settings.VAR / "demo-mesh.sha256").write_text(digest)


def _actor(username: str) -> Actor:
    return actor_of_user(User.objects.get(username=username))


def _ask(asked: Any) -> AccessRequest | None:
    ask = requests.Ask(
        product=asked.product,
        port=asked.port,
        version=asked.version,
        consumer_kind="team",
        consumer_key=asked.consumer,
        purpose=asked.purpose,
        purpose_text=asked.purpose_text,
        duration_days=asked.duration_days,
    )
    try:
        return requests.request_access(_actor(asked.requested_by), ask=ask)
    except Duplicate:
        return None


def _agree(agreed: Any) -> None:
    request = _ask(agreed)
    if request is not None and agreed.approved_by and request.state == "in_review":
        requests.approve(_actor(agreed.approved_by), request_id=request.pk)


def _report_quality(results: list[Any]) -> None:
    by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in results:
        by_product[one.product].append(
            {
                "check_key": f"{one.contract_id}/{one.rule_id}",
                "name": one.rule_name,
                "dimension": one.dimension,
                "status": one.status,
                "measured": {
                    "value": one.measured,
                    "rows": one.checked_rows,
                    "column": one.column,
                    "unit": one.unit,
                    "detail": one.detail,
                },
                "observed_at": one.observed_at,
                "source": one.source,
            }
        )
    for key, rows in by_product.items():
        report_results(SYSTEM, key=key, results=rows)


def _report_windows(days: list[Any]) -> None:
    """Each promise of each day; the product's own day is as bad as its worst promise."""
    by_product: dict[str, list[LevelDay]] = defaultdict(list)
    for one in days:
        level = LevelDay(
            one.property,
            one.day,
            one.state,
            one.source,
            value=one.value,
            objective=f"{one.objective:g}",
            unit=one.unit,
        )
        by_product[one.product].append(level)
    for key, levels in by_product.items():
        report_levels(SYSTEM, key=key, levels=levels)


def _report_usage(days: list[Any]) -> None:
    totals: dict[tuple[str, date, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in days:
        total = totals[one.product, one.day, one.source]
        total[0] += one.queries
        total[1] = max(total[1], one.consumers)
    by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (product, day, source), (queries, consumers) in totals.items():
        by_product[product].append(
            {"day": day, "queries": queries, "consumers": consumers, "source": source}
        )
    for key, rows in by_product.items():
        report_usage(SYSTEM, key=key, days=rows)


def _change(change: Any) -> None:
    if ChangeProposal.objects.filter(to_version=change.version).exists():
        return
    effective = datetime.combine(now().date(), datetime.min.time(), UTC) + timedelta(
        days=change.notice_days
    )
    proposal = propose_change(
        _actor(change.proposed_by),
        text=change.file.read_text(encoding="utf-8"),
        note=change.reason,
        effective_at=effective,
    )
    work_until_idle()
    notice = Notice.objects.get(change=proposal)
    for _team, username, answer in change.answers:
        try:
            acknowledge(_actor(username), notice_id=notice.pk, answer=_ANSWERS[answer])
        except DomainError:
            continue  # answered already
