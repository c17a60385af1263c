"""The policies that make an access: what may be read, until when, and who may act as the consumer.

Three documents, and a consumer reads only where all three agree:

- the *reader policy* of a port variant, a managed policy: what may be read (the handle);
- the *mark* of a member, a managed policy that only denies: everything but reading, everything
  from the agreed end on, and everything to sessions from before the last cut;
- the *trust policy* of the member's role: only the marketplace may assume it, with a word that is
  derived from its secret, and not after the end.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from marketplace.connectors.aws.config import AwsConfig

type Document = dict[str, Any]

HIDDEN: Final = "(derived)"
"""Stands in a plan for the word that lets us assume a role."""
NOW: Final = "(now)"
"""Stands in a plan for the moment in which the step runs."""
_VERSION: Final = "2012-10-17"
_LONG_AGO: Final = "1970-01-01T00:00:00Z"


def literal(text: str) -> str:
    """Write a name so that a policy takes each of its characters for itself."""
    escaped = {"$": "${$}", "*": "${*}", "?": "${?}"}
    return "".join(escaped.get(one, one) for one in text)


def policy(*statements: Document) -> Document:
    """Put statements into a document."""
    return {"Version": _VERSION, "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], **when: Any) -> Document:
    """Write a statement that allows; `when` are conditions by operator."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }
    return statement | ({"Condition": when} if when else {})


def mark(actions: Sequence[str], until: datetime | None, after: str) -> Document:
    """Write what a member may never do. `after` is a moment as AWS writes it, or empty."""
    everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    statements: list[Document] = [
        {"Sid": "OnlyReading", "Effect": "Deny", "NotAction": list(actions), "Resource": "*"}
    ]
    if until is not None:
        ended = {"DateGreaterThanEquals": {"aws:CurrentTime": moment(until)}}
        statements.append({"Sid": "Ended", **everything, "Condition": ended})
    if after:
        older = {"DateLessThan": {"aws:TokenIssueTime": after}}
        statements.append({"Sid": "OlderSessions", **everything, "Condition": older})
    return policy(*statements)


def open_trust(config: AwsConfig, word: str, until: datetime | None) -> Document:
    """Let the marketplace assume a role until the end."""
    return _trust(config, word, None if until is None else moment(until))


def closed_trust(config: AwsConfig, word: str) -> Document:
    """Let nobody assume it: the end lies long ago."""
    return _trust(config, word, _LONG_AGO)


def _trust(config: AwsConfig, word: str, end: str | None) -> Document:
    when: Document = {"StringEquals": {"sts:ExternalId": word}}
    if end is not None:
        when["DateLessThan"] = {"aws:CurrentTime": end}
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": config.provisioner},
            "Action": "sts:AssumeRole",
            "Condition": when,
        }
    )


def word_of(document: Document) -> str:
    """Read the word from a trust policy of our form; empty when it is of another."""
    try:
        (statement,) = document["Statement"]
        return str(statement["Condition"]["StringEquals"]["sts:ExternalId"])
    except (KeyError, TypeError, ValueError):
        return ""


def moment(at: datetime) -> str:
    """Write a moment as AWS does, its fraction cut: an access ends up to a second early."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
