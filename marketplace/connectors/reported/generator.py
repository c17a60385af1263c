"""Writes a port's whole wanted state as SQL, Terraform or dbt, for a pull request.

Whoever merges and applies it reports the generation as done; until then nothing counts as there.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

import yaml

from marketplace.connectors.base import (
    Capabilities,
    Ident,
    Member,
    NeedsHuman,
    PortDesired,
    PortVariant,
    Principal,
)
from marketplace.connectors.identifiers import check_environment
from marketplace.connectors.postgres import statements
from marketplace.connectors.reported.orders import Orders, header
from marketplace.connectors.reported.reporting import ReportingConnector

type Form = Literal["sql", "terraform", "dbt"]

_ENDINGS: Final[Mapping[str, str]] = {"sql": "sql", "terraform": "tf", "dbt": "yml"}


@dataclass(frozen=True, slots=True)
class GeneratorConfig:
    """Where the files go (a checkout of a repository), and in which form.

    `principals` is the pattern of the consumers' roles on the platform, with {kind} and {key}.
    """

    folder: str
    env: str
    form: Form = "sql"
    principals: str = "{kind}_{key}"

    def __post_init__(self) -> None:
        check_environment(self.env)
        if not Path(self.folder).is_absolute():
            raise ValueError("folder must be an absolute path")
        if self.form not in _ENDINGS:
            raise ValueError("form must be sql, terraform or dbt")
        self.role_of(Principal("team", "growth"))

    def role_of(self, principal: Principal) -> str:
        """Name a consumer's role on the platform. Raises BadIdentifier."""
        try:
            text = self.principals.format(kind=principal.kind, key=principal.key)
        except (KeyError, IndexError, ValueError):
            raise ValueError("principals may use {kind} and {key} only") from None
        return str(Ident.fit(text))


class GeneratorConnector(ReportingConnector):
    """Changes nothing itself: it writes one file per port variant, always the whole of it."""

    kind: ClassVar[str] = "generator"

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(Orders.below(config.folder, config.env), config.env)
        self.config = config
        self._restrictions = {"columns", "rows"} if config.form == "sql" else {"columns"}

    def capabilities(self) -> Capabilities:
        """Describe it: only SQL has words for rows and for an end."""
        return replace(
            super().capabilities(),
            restrictions=frozenset(self._restrictions),
            native_expiry=self.config.form == "sql",
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make one from plain values, as the registry does. Raises TypeError, ValueError."""
        return cls(GeneratorConfig(**config))

    def refused(self, variant: PortVariant) -> tuple[str, ...]:
        """Refuse what the form has no words for, rather than leave it out."""
        if variant.masks:
            return ("the generator writes no masks",)
        if variant.row_filters and self.config.form != "sql":
            return (f"{self.config.form} grants have no row filters: publish a narrower model",)
        return ()

    def text(self, desired: PortDesired, leaving: list[Principal]) -> str:
        """Write the file."""
        variant = desired.variant
        first = header(variant.handle(self.env), variant.digest, desired.members)
        write = {"sql": self._sql, "terraform": self._terraform, "dbt": self._dbt}
        comment = "--" if self.config.form == "sql" else "#"
        return f"{comment} {first}\n{write[self.config.form](desired, leaving)}"

    def hand_over(self, handle: str, order: dict[str, Any]) -> str:
        """Put the file where the pull request is made from, in one moment."""
        place = Path(self.config.folder) / f"{handle}.{_ENDINGS[self.config.form]}"
        new = place.with_suffix(f".{secrets.token_hex(4)}.new")  # two workers write two
        try:
            new.write_text(order["text"], encoding="utf-8")
            os.replace(new, place)  # noqa: PTH105 - one moment, also over the one before
        except OSError as error:
            raise NeedsHuman(f"{place.name} cannot be written: {error.strerror}") from None
        return f"{place.name}, generation {order['generation']}"

    def _sql(self, desired: PortDesired, leaving: list[Principal]) -> str:
        """Write one transaction: whoever leaves first, then the view, then whoever comes.

        A role that is gone has nothing to be taken from; one that is to be let in must be there.
        """
        variant = desired.variant
        handle = variant.handle(self.env)
        role, view = statements.name(handle), statements.view(variant)
        joining = sorted(desired.members, key=lambda one: one.principal)
        lines = [
            "BEGIN",
            (
                f"DO $mp$ BEGIN CREATE ROLE {role} NOLOGIN;"
                " EXCEPTION WHEN duplicate_object THEN NULL; END $mp$"
            ),
            *(self._leave(role, one) for one in leaving),
            f"DROP VIEW IF EXISTS {view}",
            (
                f"CREATE VIEW {view} WITH (security_barrier) AS\n"
                f"{statements.select_base(variant)}\n{self._until(joining)}"
            ),
            f"GRANT USAGE ON SCHEMA {statements.name(variant.relation_schema)} TO {role}",
            f"GRANT SELECT ON {view} TO {role}",
            *(
                f"GRANT {role} TO {statements.name(self.config.role_of(one.principal))}"
                for one in joining
            ),
            "COMMIT",
        ]
        return "".join(f"{line};\n" for line in lines)

    def _leave(self, role: str, one: Principal) -> str:
        """Take a membership away; the block is a literal, as a name may hold any dollar quote."""
        left = statements.name(self.config.role_of(one))
        block = f"BEGIN REVOKE {role} FROM {left}; EXCEPTION WHEN undefined_object THEN NULL; END"
        return f"DO {statements.literal(block)}"

    def _until(self, joining: list[Member]) -> str:
        """Let the view show rows to nobody whose time is over, so that access ends by itself."""
        if not joining:
            return "  AND false"
        rows = ",\n".join(f"      ({self._role(one)}, {_moment(one)})" for one in joining)
        return (
            f"  AND EXISTS (\n    SELECT FROM (VALUES\n{rows}\n    ) AS agreed (role, until)\n"
            "    JOIN pg_catalog.pg_roles AS held ON held.rolname = agreed.role\n"
            "    WHERE agreed.until > pg_catalog.statement_timestamp()\n"
            "      AND pg_catalog.pg_has_role(current_user, held.oid, 'MEMBER'))"
        )

    def _role(self, one: Member) -> str:
        return statements.literal(self.config.role_of(one.principal))

    def _terraform(self, desired: PortDesired, leaving: list[Principal]) -> str:  # noqa: ARG002
        """Write resources of the provider cyrilgdn/postgresql; who is left out is revoked by it."""
        variant = desired.variant
        handle = variant.handle(self.env)
        blocks = [
            _block("postgresql_role", handle, {"name": handle, "login": False}),
            _block(
                "postgresql_grant",
                handle,
                {
                    "role": handle,
                    "schema": variant.relation_schema,
                    "object_type": "table",
                    "objects": [variant.relation_name],
                    "privileges": ["SELECT"],
                },
            ),
        ]
        for index, one in enumerate(sorted(desired.members, key=lambda one: one.principal)):
            role = self.config.role_of(one.principal)
            facts = {"role": role, "grant_role": handle}
            blocks.append(_block("postgresql_grant_role", f"{handle}_{index}", facts))
        return "\n".join(blocks)

    def _dbt(self, desired: PortDesired, leaving: list[Principal]) -> str:  # noqa: ARG002
        """Write the model's grants; dbt takes away what is not listed."""
        variant = desired.variant
        roles = [self.config.role_of(one.principal) for one in desired.members]
        columns = [{"name": one} for one in variant.columns]
        grants = {"schema": variant.relation_schema, "grants": {"select": sorted(roles)}}
        model = {"name": variant.relation_name, "config": grants, "columns": columns}
        document = {"version": 2, "models": [model]}
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _moment(one: Member) -> str:
    until = one.valid_until.isoformat() if one.valid_until else "infinity"
    return f"timestamptz {statements.literal(until)}"


def _block(kind: str, label: str, facts: Mapping[str, Any]) -> str:
    """Write one block of HCL, whose strings are those of JSON but for its two templates."""
    width = max(len(one) for one in facts)
    lines = (f"  {name:<{width}} = {_hcl(value)}" for name, value in facts.items())
    body = "\n".join(lines)
    return f'resource "{kind}" "{label}" {{\n{body}\n}}\n'


def _hcl(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("${", "$${").replace("%{", "%%{")
