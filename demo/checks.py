"""Run the quality rules of the contracts on the warehouse as SQL; report what was measured.

The rules are those of ODCS 3.2: the metrics rowCount, nullValues, missingValues, invalidValues
and duplicateValues, and rules of type `sql`. Each contract gets one rule more, derived from its
schema: required columns are never empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from demo import descriptors

SOURCE = "demo checks"
_OPERATORS = {
    "mustBe": "=",
    "mustNotBe": "<>",
    "mustBeGreaterThan": ">",
    "mustBeGreaterOrEqualTo": ">=",
    "mustBeLessThan": "<",
    "mustBeLessOrEqualTo": "<=",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not between",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a measured value must fulfil; `high` is used by the two between operators only."""

    operator: str
    low: float
    high: float = 0.0

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Expectation:
        """Read the operator of a rule; raise `ValueError` when it has none."""
        for name, operator in _OPERATORS.items():
            if name in rule:
                bound = rule[name]
                low, high = bound if isinstance(bound, list) else (bound, 0)
                return cls(operator, float(low), float(high))
        raise ValueError(f"rule {rule.get('id')} has no operator")

    def holds(self, value: float) -> bool:
        """Tell whether `value` is as expected."""
        inside = self.low <= value <= self.high
        return {
            "=": value == self.low,
            "<>": value != self.low,
            ">": value > self.low,
            ">=": value >= self.low,
            "<": value < self.low,
            "<=": value <= self.low,
            "between": inside,
            "not between": not inside,
        }[self.operator]

    def words(self) -> str:
        """Say it in short: `= 0`, `between 336000 and 337500`."""
        if self.operator.endswith("between"):
            return f"{self.operator} {self.low:g} and {self.high:g}".replace("e+", "e")
        return f"{self.operator} {self.low:g}"


@dataclass(frozen=True, slots=True)
class QualityResult:
    """One rule of one contract at one moment.

    `status` is of OORS: pass, warn (a rule of severity warning did not hold), fail, error (could
    not be run). `measured` is in `unit` (rows or percent); `checked_rows` is the size of the
    table. `column` is empty for a rule about the whole table.
    """

    contract_id: str
    contract_version: str
    product: str
    rule_id: str
    rule_name: str
    column: str
    dimension: str
    severity: str
    expectation: Expectation
    unit: str
    measured: float | None
    checked_rows: int
    status: str
    detail: str
    observed_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class _Rule:
    column: str
    text: Mapping[str, Any]


def run_checks(dsn: str, contracts: Iterable[Mapping[str, Any]]) -> list[QualityResult]:
    """Measure every rule of the contracts on the warehouse behind `dsn`, read-only.

    Contracts of files are passed over. A rule that cannot be run is a result with status `error`.
    The moment of observation is that of the warehouse's clock.
    """
    results = []
    with psycopg.connect(dsn) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        at: datetime = _scalar(connection, b"SELECT now()")
        for contract in contracts:
            if not descriptors.is_table(contract):
                continue
            count = sql.SQL("SELECT count(*) FROM {}").format(_relation(contract))
            total = int(_scalar(connection, count))
            results += [_check(connection, contract, rule, total, at) for rule in _rules(contract)]
    return results


def status_of(expectation: Expectation, value: float, severity: str) -> str:
    """Return pass, or what a broken rule of this severity counts as: warn or fail."""
    if expectation.holds(value):
        return "pass"
    return "warn" if severity in {"info", "warning"} else "fail"


def _rules(contract: Mapping[str, Any]) -> Iterator[_Rule]:
    table = contract["schema"][0]
    required = [column["name"] for column in table["properties"] if column.get("required")]
    yield _Rule(
        "",
        {
            "id": "required-present",
            "name": "Required columns are never empty",
            "dimension": "completeness",
            "metric": "nullValues",
            "arguments": {"properties": required},
            "mustBe": 0,
            "unit": "rows",
            "severity": "error",
        },
    )
    for rule in table.get("quality", ()):
        yield _Rule("", rule)
    for column in table["properties"]:
        for rule in column.get("quality", ()):
            yield _Rule(column["name"], rule)


def _check(
    connection: psycopg.Connection[Any],
    contract: Mapping[str, Any],
    rule: _Rule,
    total: int,
    at: datetime,
) -> QualityResult:
    text = rule.text
    expectation, severity = Expectation.of(text), text.get("severity", "error")
    measured: float | None = None
    try:
        with connection.transaction():
            measured = float(_scalar(connection, _statement(rule, _relation(contract))))
        if text.get("unit") == "percent":
            measured = round(100 * measured / total, 4) if total else 0.0
        status = status_of(expectation, measured, severity)
        detail = f"measured {measured:g}, expected {expectation.words()}"
    except psycopg.Error as error:
        status, detail = "error", error.diag.message_primary or "the rule could not be run"
    return QualityResult(
        contract_id=contract["id"],
        contract_version=contract["version"],
        product=contract["dataProduct"],
        rule_id=f"{rule.column}-{text['id']}" if rule.column else text["id"],
        rule_name=text["name"],
        column=rule.column,
        dimension=text["dimension"],
        severity=severity,
        expectation=expectation,
        unit=text.get("unit", "rows"),
        measured=measured,
        checked_rows=total,
        status=status,
        detail=detail,
        observed_at=at,
        source=SOURCE,
    )


def _scalar(connection: psycopg.Connection[Any], statement: sql.Composed | bytes) -> Any:
    row = connection.execute(statement).fetchone()
    return row[0] if row and row[0] is not None else 0


def _relation(contract: Mapping[str, Any]) -> sql.Identifier:
    return sql.Identifier(*contract["schema"][0]["physicalName"].split("."))


def _statement(rule: _Rule, relation: sql.Identifier) -> sql.Composed | bytes:
    """Write the SQL that measures a rule; in rules of type sql `{object}` stands for the table."""
    text = rule.text
    if text.get("type") == "sql":
        query = str(text["query"]).replace("{property}", rule.column)
        return query.replace("{object}", relation.as_string()).encode()
    return sql.SQL("SELECT {} FROM {}").format(_measure(rule), relation)


def _measure(rule: _Rule) -> sql.Composable:
    """Write the aggregate of a metric of the ODCS library; raise `KeyError` for an unknown one."""
    arguments = rule.text.get("arguments", {})
    columns = [sql.Identifier(name) for name in arguments.get("properties", [rule.column])]
    empty = sql.SQL(" OR ").join(sql.SQL("{} IS NULL").format(column) for column in columns)
    match rule.text["metric"]:
        case "rowCount":
            return sql.SQL("count(*)")
        case "nullValues":
            return _count(empty)
        case "missingValues":
            listed = _listed(columns[0], arguments.get("missingValues", []))
            return _count(sql.SQL("{} OR {}").format(empty, listed))
        case "duplicateValues":
            distinct = sql.SQL(", ").join(columns)
            return sql.SQL("count(*) - count(DISTINCT ({}))").format(distinct)
        case "invalidValues":
            return _count(_invalid(columns[0], arguments))
        case unknown:
            raise KeyError(unknown)


def _count(condition: sql.Composable) -> sql.Composed:
    return sql.SQL("count(*) FILTER (WHERE {})").format(condition)


def _listed(column: sql.Identifier, values: list[Any]) -> sql.Composed:
    words = [str(value) for value in values]
    return sql.SQL("{}::text = ANY({})").format(column, sql.Literal(words))


def _invalid(column: sql.Identifier, arguments: Mapping[str, Any]) -> sql.Composed:
    if "pattern" in arguments:
        return sql.SQL("{}::text !~ {}").format(column, sql.Literal(arguments["pattern"]))
    return sql.SQL("NOT {}").format(_listed(column, arguments["validValues"]))
