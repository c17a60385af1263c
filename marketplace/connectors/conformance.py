"""What every connector is asked before it is trusted: the 24 questions, and who answers which.

One declaration. `docs/reference/conformance.md` is written from it, and a test compares it with the
tests that are there (`tests/connectors/test_conformance.py`), so neither can promise more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

type Evidence = Literal["real", "double"]

QUESTIONS: Final[Mapping[str, str]] = {
    "T01": "A grant is proven: what is promised may be read, a control object may not",
    "T02": "Granting again changes nothing",
    "T03": "A revoke is proven",
    "T04": "Revoking again changes nothing",
    "T05": "A crash after any step heals",
    "T06": "Two applies at once have one effect",
    "T07": "What others granted is kept and told",
    "T08": "What others took is missed and healed",
    "T09": "A grant or revoke that is answered and not done is read back and not believed",
    "T10": "A login that is gone is made again, and its revoke is proven",
    "T11": "A login that another made again gets nothing",
    "T12": "200 hostile names: none is taken for another, none injects",
    "T13": "Access ends at its end with no worker running",
    "T14": "No moment is wider than allowed while a restriction changes",
    "T15": "Columns, rows and objects not granted are refused",
    "T16": "Observing writes nothing",
    "T17": "No secret shows in a log, an error or a result",
    "T18": "A platform that says it is too much is obeyed, and not taken for a refusal",
    "T19": "A time-out after success has one effect",
    "T20": "Of a batch that fails in part, only what failed is sent again",
    "T21": "A stale lease changes nothing",
    "T22": "A platform that answers success and does nothing is never believed",
    "T23": "A plan is pure, its digest stable, another plan refused",
    "T24": "A credential too weak or too strong is found",
}

_NOTHING_ENDS: Final = (
    "The platform ends no access by itself: the engine's sweep revokes at the agreed end."
)
_WHOLE: Final = "A port is shown whole or not at all; T15 asks that a restriction is withheld."
_NO_BATCH: Final = "One call carries one change: no batch can fail in part."
_NO_SESSION: Final = "A folder serves no requests: it cannot say that they are too many."
_ORDERED: Final[Mapping[str, str]] = {
    "T07": (
        "There is no way in: what others granted is seen by those who carry out the orders. An "
        "order takes from our own consumers only; what others gave on the published view itself "
        "falls when the SQL replaces it."
    ),
    "T08": (
        "There is no way in: what others took is seen by those who carry out the orders, and "
        "evidence from here is `reported`, never `proven`."
    ),
    "T11": (
        "The platform's own people make the logins and answer for whose they are; an order names "
        "a consumer."
    ),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """A connector on one platform: what it is exercised with, and what it is not asked, and why."""

    kind: str
    platform: str
    evidence: Evidence
    means: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> frozenset[str]:
        """The questions that it answers."""
        return frozenset(QUESTIONS) - frozenset(self.left_out)


ANSWERS: Final = (
    Answers("postgres", "PostgreSQL 18", "real", "the server", {"T20": _NO_BATCH}),
    Answers("postgres", "PostgreSQL 15", "real", "the server", {"T20": _NO_BATCH}),
    Answers("mariadb", "MariaDB", "real", "the server", {"T20": _NO_BATCH}),
    Answers(
        "mariadb",
        "MySQL",
        "real",
        "the server, by hand where one is installed; T14 was not steady in earlier runs",
        {"T20": _NO_BATCH},
    ),
    Answers(
        "kafka",
        "Kafka",
        "double",
        "a double of the protocol and librdkafka",
        {"T13": _NOTHING_ENDS, "T14": _WHOLE},
    ),
    Answers("nats", "NATS JetStream", "real", "the server", {"T14": _WHOLE, "T20": _NO_BATCH}),
    Answers(
        "rabbitmq",
        "RabbitMQ",
        "real",
        "the server; T09, T18 and T22 by a proxy before its management API",
        {"T13": _NOTHING_ENDS, "T14": _WHOLE, "T20": _NO_BATCH},
    ),
    Answers(
        "s3",
        "Amazon S3",
        "double",
        "moto behind a gate that enforces policies",
        {"T14": _WHOLE, "T20": _NO_BATCH},
    ),
    Answers(
        "lakeformation",
        "AWS Glue, Lake Formation and Athena",
        "double",
        "moto behind a gate that enforces policies",
    ),
    Answers(
        "kinesis",
        "Amazon Kinesis",
        "double",
        "moto behind a gate that enforces policies",
        {"T14": _WHOLE, "T20": _NO_BATCH},
    ),
    Answers(
        "snowflake",
        "Snowflake",
        "double",
        "a stub of the SQL API, with golden transcripts",
        {"T20": _NO_BATCH},
    ),
    Answers(
        "databricks",
        "Databricks Unity Catalog",
        "double",
        "minilake behind a front that enforces rights",
        {"T20": _NO_BATCH},
    ),
    Answers("files", "Files", "real", "a folder", {"T18": _NO_SESSION, "T20": _NO_BATCH}),
    Answers(
        "generator",
        "SQL, Terraform and dbt generator",
        "real",
        "a folder, its SQL run on PostgreSQL 18; evidence is the report",
        {**_ORDERED, "T18": "A file that is written is refused by nobody."},
    ),
    Answers(
        "ticket",
        "Ticket or webhook",
        "real",
        "an HTTP receiver; evidence is the report",
        {
            **_ORDERED,
            "T13": "The order names the end; when it comes, the engine's sweep orders the revoke.",
            "T20": (
                "An order says the whole wanted set in one message and is answered as a whole: "
                "done in part is reported failed, with words, and waits for a person (T10)."
            ),
        },
    ),
    Answers("memory", "In memory, for tests", "double", "itself", {"T20": _NO_BATCH}),
)


def page() -> str:
    """Write the table of the reference."""
    heads = [one.platform for one in ANSWERS]
    lines = [
        "# Conformance\n",
        "Every connector is asked the same 24 questions by the tests. **r**: answered with the",
        "real platform; **d**: with a double; a number: not asked, for the reason below.\n",
        f"| | question | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(heads)}",
    ]
    reasons: list[str] = []
    for code, words in QUESTIONS.items():
        cells = []
        for one in ANSWERS:
            reason = one.left_out.get(code)
            if reason is not None and reason not in reasons:
                reasons.append(reason)
            mark = one.evidence[0] if reason is None else str(reasons.index(reason) + 1)
            cells.append(mark)
        lines.append(f"| {code} | {words} | {' | '.join(cells)} |")
    lines += ["\n## Not asked, and why\n"]
    lines += [f"{number}. {reason}" for number, reason in enumerate(reasons, 1)]
    lines += ["\n## What each is exercised with\n", "| platform | kind | with |", "|---|---|---|"]
    lines += [f"| {one.platform} | `{one.kind}` | {one.means} |" for one in ANSWERS]
    return "\n".join(lines) + "\n"
