"""Short-lived ways in: OAuth secrets of the consumer's service principal, with a life of their own.

Databricks ends them itself at the agreed second, and gives five at most to one principal.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from marketplace.connectors.base import ConnInfo, Grant, Part, Permanent, Principal, QueryRefused
from marketplace.connectors.databricks import statements
from marketplace.connectors.databricks.client import Client, Refusal, secrets_of, translate
from marketplace.connectors.databricks.config import DatabricksConfig
from marketplace.connectors.databricks.probing import consumer_of
from marketplace.connectors.withdrawing import Withdrawn

LONGEST_TTL: Final = timedelta(hours=12)
_HTTPS: Final = 443
_NO_ACCESS: Final = "There is no access to this port at the moment."


def issue(client: Client, config: DatabricksConfig, grant: Grant, ttl: timedelta) -> ConnInfo:
    """Make a secret that ends after `ttl` (12 hours at most) or with the access.

    Raises QueryRefused("access-ended") when the access does not stand, by the platform's clock.
    """
    if not timedelta(0) < ttl <= LONGEST_TTL:
        raise ValueError(f"a credential lives up to {LONGEST_TTL}")
    consumer = consumer_of(client, config, grant)
    if consumer is None:
        raise QueryRefused("access-ended", _NO_ACCESS)
    moment, ends = _now_and_end(client, config, grant)
    until = min(ends, moment + ttl)
    seconds = max(1, int((until - moment).total_seconds()))
    made = client.do("POST", secrets_of(consumer), {"lifetime": f"{seconds}s"})
    secret, host = str(made["secret"]), urlsplit(config.host)
    schema, _ = config.place_of(grant.variant)
    path = f"/sql/1.0/warehouses/{config.warehouse_of(grant.principal)}"
    return ConnInfo(
        host=host.hostname or "",
        port=host.port or _HTTPS,
        database=config.catalog,
        user=consumer.application,
        password=secret,
        expires_at=until,
        relation=statements.view(config, grant.variant),
        url=f"databricks://{consumer.application}:{quote(secret, safe='')}@{host.netloc}"
        f"?http_path={path}&catalog={config.catalog}&schema={schema}",
        login=f"{consumer.application}/{made['id']}",
        parts=(
            Part("client_id", consumer.application, secret=False),
            Part("client_secret", secret),
            Part("http_path", path, secret=False),
        ),
    )


def _now_and_end(
    client: Client, config: DatabricksConfig, grant: Grant
) -> tuple[datetime, datetime]:
    try:
        found = client.rows(
            "SELECT unix_micros(current_timestamp()), ends_at"  # noqa: S608 - quoted by us
            f" FROM {statements.control(config, statements.ENTITLEMENT)}"
            " WHERE handle = :handle AND consumer = :consumer"
            " AND ends_at > unix_micros(current_timestamp())",
            handle=config.handle_of(grant.variant),
            consumer=config.login_of(grant.principal),
        )
    except Refusal as refusal:
        raise translate(refusal) from refusal
    if not found:
        raise QueryRefused("access-ended", _NO_ACCESS)
    moment, ends = (
        datetime.fromtimestamp(0, UTC) + timedelta(microseconds=one) for one in found[0]
    )
    return moment, ends


def withdraw(client: Client, config: DatabricksConfig, principal: Principal) -> int:
    """Delete all secrets of a consumer. Returns how many. Tokens made with them live an hour."""
    consumer = client.consumer(config.login_of(principal))
    if consumer is None:
        return 0
    found = client.do("GET", secrets_of(consumer)).get("secrets") or []
    for one in found:
        client.do("DELETE", f"{secrets_of(consumer)}/{one['id']}")
    return len(found)


def drop_one(client: Client, config: DatabricksConfig, login: str) -> Withdrawn:
    """Delete one secret (`application/id`) and read back; what is not ours is refused (Permanent).

    Tokens that were made with it end by themselves, an hour after they were made: Databricks
    takes none back.
    """
    application, _, number = login.partition("/")
    stand = client.consumers(f"mp_{config.env}_")
    ours = {one.application: one for one in stand if config.principal_of(one.mark) is not None}
    if application not in ours or not number:
        raise Permanent(f"{login} is not a short-lived login of ours")
    where = secrets_of(ours[application])

    def stands() -> bool:
        return any(one["id"] == number for one in client.do("GET", where).get("secrets") or [])

    existed = stands()
    if existed:
        client.do("DELETE", f"{where}/{number}")
    gone = not stands()
    words = "no such secret; a token made with it lives an hour at most" if gone else "it stands"
    return Withdrawn(login, existed=existed, sessions=None, gone=gone, read_back=words)
