"""Acting as a consumer: the consumer's own role, assumed with the word that only we know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from marketplace.connectors.aws import documents, iam, strict
from marketplace.connectors.aws.calls import REFUSALS, Answer, Aws, Keys
from marketplace.connectors.aws.documents import Document
from marketplace.connectors.aws.statements import Names
from marketplace.connectors.base import Part, QueryRefused

SHORTEST: Final = timedelta(minutes=15)
"""The shortest session that STS gives; a shorter one is cut off by a policy of the session."""
LONGEST: Final = timedelta(hours=1)
ENDED: Final = "There is no access to this port at the moment."
_NO_ROLE: Final = REFUSALS | {"NoSuchEntity"}


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a consumer's role; `code` says why there is none."""

    aws: Aws | None
    keys: Keys | None
    code: str
    at: datetime


def assume(
    aws: Aws, names: Names, purpose: str, *, lasts: timedelta = SHORTEST, policy: str = ""
) -> Session:
    """Assume a member's role for some minutes; `policy` narrows the session further."""
    asked: dict[str, Any] = {
        "RoleArn": names.role,
        "RoleSessionName": f"emporion-{purpose}",
        "ExternalId": aws.config.external_id(names.handle, names.login),
        "DurationSeconds": int(max(SHORTEST, min(lasts, LONGEST)).total_seconds()),
    }
    if policy:
        asked["Policy"] = policy
    answer: Answer = aws.ask("sts", "assume_role", asked, expected=_NO_ROLE)
    if not answer:
        return Session(None, None, answer.code, answer.at)
    given = answer.value["Credentials"]
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return Session(aws.acting(keys), keys, "", answer.at)


def hand_out(
    aws: Aws, names: Names, ttl: timedelta, actions: tuple[str, ...]
) -> tuple[Keys, datetime]:
    """Give keys of a consumer's role and their end: after `ttl`, an hour, or the agreed end.

    Raises QueryRefused when there is no access.
    """
    end, agreed = aws.now() + min(ttl, LONGEST), iam.end_of(aws, names.mark)
    end = end if agreed is None else min(end, agreed)
    session = assume(aws, names, "consumer", lasts=ttl, policy=ending(end, actions))
    if session.keys is None:
        raise QueryRefused("access-ended", ENDED)
    return session.keys, end


def ending(at: datetime, actions: tuple[str, ...]) -> str:
    """Write the policy of a session that ends at a moment of ours, to the second."""
    when: Document = {"aws:CurrentTime": documents.moment(at)}
    statement = documents.allow("UntilThen", actions, ("*",), DateLessThan=when)
    return strict.fits(documents.policy(statement), strict.SESSION_POLICY, "the session policy")


def parts(keys: Keys, region: str) -> tuple[Part, ...]:
    """Give keys one by one, and as the file that every client of AWS reads."""
    named = {
        "aws_access_key_id": keys.access_key_id,
        "aws_secret_access_key": keys.secret_access_key,
        "aws_session_token": keys.session_token,
    }
    lines = ["[emporion]", f"region = {region}", *(f"{key} = {one}" for key, one in named.items())]
    return (
        Part("access_key_id", keys.access_key_id),
        Part("secret_access_key", keys.secret_access_key),
        Part("session_token", keys.session_token),
        Part("profile", "\n".join(lines) + "\n", file_name="emporion-credentials"),
    )


def url(keys: Keys, command: str, region: str) -> str:
    """Write keys and a first command as one line for a shell, in AWS's own environment words."""
    return (
        f"AWS_REGION={region} AWS_ACCESS_KEY_ID={keys.access_key_id}"
        f" AWS_SECRET_ACCESS_KEY={keys.secret_access_key}"
        f" AWS_SESSION_TOKEN={keys.session_token} {command}"
    )
