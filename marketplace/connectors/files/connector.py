"""The connector itself: one method per question, each answered by a module of its own."""

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from marketplace.connectors.base import (
    Capabilities,
    ColumnProfile,
    ConnectorError,
    ConnInfo,
    Finding,
    Grant,
    Lease,
    Limits,
    Observed,
    Part,
    Plan,
    PortDesired,
    PortVariant,
    Principal,
    Probe,
    ProbeDetail,
    QueryRefused,
    Rows,
    Schema,
    StepResult,
    Transient,
)
from marketplace.connectors.files import datasets, planning, reading, sandbox, withdrawing
from marketplace.connectors.files.config import FilesConfig
from marketplace.connectors.files.ledger import Ledger, now, variant_of
from marketplace.connectors.files.links import BadLink, Link, new_name
from marketplace.connectors.files.store import Store
from marketplace.connectors.grants import PRINCIPAL_KINDS
from marketplace.connectors.withdrawing import Withdrawn

_TRIES: Final = 3
LONGEST_TTL: Final = timedelta(hours=1)
_NO_ACCESS: Final = "There is no access to this port at the moment."
_CONTROL: Final = "control"  # nobody is ever granted it
_FORMATS: Final = {"parquet": "PARQUET", "csv": "CSV, HEADER"}


class FilesConnector:
    """Files in a shared folder. Holds no state and no connections."""

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "files"
    version: ClassVar[str] = "1"
    holds_files: ClassVar[bool] = True

    def __init__(self, config: FilesConfig) -> None:
        self.config = config
        self.ledger = Ledger(config, Store(config.control))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(FilesConfig(**config))

    def close(self) -> None:
        """Keep nothing open: there is nothing to close."""

    def capabilities(self) -> Capabilities:
        """Describe it. A query or download that runs when access ends runs to its own end."""
        return Capabilities(
            principal_kinds=PRINCIPAL_KINDS,
            restrictions=frozenset({"columns", "rows", "mask"}),
            native_expiry=True,
            revoke_reach="statement",
            revoke_sla_s=10.0,
            readback_lag_s=0.0,
            max_grantees=None,
            billing="none",
            supports=frozenset({"query", "credentials", "describe", "profile", "sample"}),
        )

    def check(self) -> list[Finding]:
        """Look for what we lack of the folder, and who else could read it."""
        root = Path(self.config.root)
        if not root.is_dir() or not os.access(root, os.R_OK | os.X_OK):
            return [Finding("error", "no-root", "The folder is not there, or cannot be read.")]
        found = []
        nearest = next(
            one for one in [self.config.control, *self.config.control.parents] if one.exists()
        )
        if not os.access(nearest, os.W_OK):
            found.append(Finding("error", "no-control", "The control folder cannot be written."))
        if root.stat().st_mode & 0o007:
            found.append(
                Finding(
                    "warning", "open-to-all", "Every account of the machine can reach the files."
                )
            )
        return found

    # --- grants --------------------------------------------------------------------------------

    def observe(
        self, variant: PortVariant, principals: frozenset[Principal] | None = None
    ) -> Observed:
        """Read the live state of one handle from the control folder."""
        return self.ledger.observe(variant, principals)

    def plan(self, desired: PortDesired, observed: Observed) -> Plan:
        """Work out the least change. Pure."""
        return planning.plan(self.config, desired, observed)

    def apply(self, plan: Plan, lease: Lease) -> Iterator[StepResult]:
        """Run the steps; each is one replaced document."""
        plan.check()
        for step in plan.steps:
            lease.fence()
            self.ledger.change(plan.handle, step.do)
            yield StepResult(step_id=step.id, ok=True, detail="done", at=now())

    # --- as the consumer -----------------------------------------------------------------------

    def credentials(self, grant: Grant, ttl: timedelta) -> ConnInfo:
        """Sign a link of the consumer's own; it ends after `ttl`, an hour, or with the access."""
        login, handle = self._names(grant)
        standing = self.ledger.standing(handle, login)
        if standing is None:
            raise QueryRefused("access-ended", _NO_ACCESS)
        number, end = standing
        until = min(now() + min(ttl, LONGEST_TTL), end or datetime.max.replace(tzinfo=UTC))
        name = new_name(self.config)
        token = Link(handle, login, number, until, name).token(self.config)
        url = urlsplit(self.config.public_url)
        link = f"{self.config.public_url.rstrip('/')}/{token}"
        return ConnInfo(
            host=url.hostname or "files",
            port=url.port or (80 if url.scheme == "http" else 443),
            database="files",
            user=login,
            password=token,
            expires_at=until,
            relation=f"{grant.variant.relation_schema}.{grant.variant.relation_name}",
            url=link,
            login=name,
            parts=(Part("link_parquet", link), Part("link_csv", f"{link}?format=csv")),
        )

    def drop_credential(self, user: str) -> Withdrawn:
        """Refuse every further use of one link, and read back."""
        return withdrawing.drop_one(self.config, self.ledger.store, user, now() + LONGEST_TTL)

    def clean_up_credentials(self) -> int:
        """Forget the notes on dropped links whose time is over. Returns how many."""
        return withdrawing.clean_up(self.ledger.store)

    def open_link(self, token: str, form: str = "parquet") -> tuple[str, Path]:
        """Give a file name and a temporary file of what a link stands for; the caller removes it.

        Raises QueryRefused when the link is not ours, is over, or its access has ended.
        """
        if form not in _FORMATS:
            raise QueryRefused("query-failed", "Choose parquet or csv.")
        variant = self._variant_behind(token)
        source = datasets.extract(self.config, variant)
        handle, target = tempfile.mkstemp(suffix=f".{form}")
        os.close(handle)
        with datasets.reading(self.config) as session:
            session.execute(f"ATTACH {datasets.literal(str(source))} AS extract (READ_ONLY)")
            session.execute(
                f"COPY extract.main.rows TO {datasets.literal(target)} (FORMAT {_FORMATS[form]})"
            )
        return f"{variant.relation_name}.{form}", Path(target)

    def _variant_behind(self, token: str) -> PortVariant:
        try:
            link = Link.read(self.config, token, now())
        except (BadLink, ValueError, TypeError) as error:
            raise QueryRefused("access-ended", "The link does not stand, or has ended.") from error
        if withdrawing.is_dropped(self.ledger.store, link.name):
            raise QueryRefused("access-ended", "The link was dropped.")
        standing = self.ledger.standing(link.handle, link.login)
        document = self.ledger.store.read("handles", link.handle)
        if standing is None or standing[0] != link.number or document is None:
            raise QueryRefused("access-ended", _NO_ACCESS)
        return variant_of(document["variant"])

    def query(
        self, grant: Grant, sql: str, limits: Limits, cancel: threading.Event | None = None
    ) -> Rows:
        """Run one read query as the consumer, on the extract and nothing else."""
        login, handle = self._names(grant)
        if self.ledger.standing(handle, login) is None:
            raise QueryRefused("access-ended", _NO_ACCESS)
        document = self.ledger.store.read("handles", handle) or {}
        published = variant_of(document["variant"])
        where = (published.relation_schema, published.relation_name)
        for left in reversed(range(_TRIES)):
            extract = datasets.extract(self.config, published)
            try:
                rows = sandbox.query(self.config, extract, where, sql, limits, cancel=cancel)
                break
            except Transient:  # the base files, or the port, changed between two lines
                if not left:
                    raise
        if self.ledger.standing(handle, login) is None:
            raise QueryRefused("access-ended", "Access to this port has ended.")
        return rows

    def probe(self, grant: Grant, expect_access: bool) -> Probe:  # noqa: FBT001 - the Protocol's
        """Go through the consumer's own door with the consumer's own link, both ways."""
        login, handle = self._names(grant)
        standing = self.ledger.standing(handle, login)
        number = standing[0] if standing else "none"
        view = self._try_link("published view", Link(handle, login, number, _soon()))
        control = self._try_link("control object", Link(_CONTROL, login, number, _soon()))
        base = self._try_base(grant)
        entitled = ProbeDetail("entitlement", "", "00000", "allowed" if standing else "empty")
        positive = view.outcome == "allowed" and standing is not None
        negative = control.outcome == "refused" and base.outcome in {"refused", "missing"}
        return Probe(
            level="proven",
            positive=positive,
            negative=negative,
            expected="access" if expect_access else "no_access",
            ok=negative and positive == expect_access,
            details=(entitled, view, control, base),
            at=now(),
            connector=self.kind,
            connector_version=self.version,
        )

    def _try_link(self, name: str, link: Link) -> ProbeDetail:
        try:
            _, path = self.open_link(link.token(self.config))
        except QueryRefused as refusal:
            return ProbeDetail(
                name,
                "open link",
                "42501",
                "refused" if refusal.code == "access-ended" else "failed",
            )
        path.unlink()
        return ProbeDetail(name, "open link", "00000", "allowed")

    def _try_base(self, grant: Grant) -> ProbeDetail:
        """Read the base files from inside a query, which the sandbox must refuse."""
        variant = grant.variant
        dataset = datasets.find(self.config, variant.base_schema, variant.base_table)
        if dataset is None:
            return ProbeDetail("base relation", "", "42P01", "missing")
        sql = f"SELECT 1 FROM {dataset.source} LIMIT 0"  # noqa: S608 - quoted by us
        try:
            extract = datasets.extract(self.config, variant)
            where = (variant.relation_schema, variant.relation_name)
            sandbox.query(self.config, extract, where, sql, Limits())
        except QueryRefused as refusal:
            refused = refusal.code == "permission-denied"
            return ProbeDetail("base relation", sql, "42501", "refused" if refused else "failed")
        except ConnectorError as error:
            return ProbeDetail("base relation", sql, error.message, "failed")
        return ProbeDetail("base relation", sql, "00000", "allowed")

    def end_sessions(self, principal: Principal, variant: PortVariant) -> int:  # noqa: ARG002 - the Protocol's
        """End nothing: every use of a link or query asks anew."""
        return 0

    # --- for the owner -------------------------------------------------------------------------

    def describe(self, schema: str, table: str) -> Schema:
        """Read the columns of base files."""
        return reading.describe(self.config, schema, table)

    def profile(
        self, target: PortVariant | tuple[str, str], limit: int
    ) -> tuple[ColumnProfile, ...]:
        """Profile a variant or base files."""
        return reading.profile(self.config, target, limit)

    def sample(self, target: PortVariant | tuple[str, str], limit: int) -> Rows:
        """Read the first rows of a variant or base files."""
        return reading.sample(self.config, target, limit)

    def _names(self, grant: Grant) -> tuple[str, str]:
        return self.config.login_of(grant.principal), grant.variant.handle(self.config.env)


def _soon() -> datetime:
    return now() + timedelta(seconds=30)
