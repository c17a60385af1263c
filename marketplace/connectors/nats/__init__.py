"""NATS JetStream: a subject of a stream, shown to one consumer at a time. NATS 2.10 or newer.

Access is decentralised (JWT): the account's claims, which the server holds, name one *scoped
signing key* per consumer and port, with exactly the rights to pull and acknowledge under its own
name. Users signed by it have no rights of their own. This was chosen over users in a configuration
file with a reload because it can be changed from afar and proven live: taking the key out of the
claims cuts the open connections at once, and every user's claims carry `exp`, so the server itself
ends a connection at the agreed second (rounded down) with all our workers dead.

Access has three parts. *Login*: the scoped signing key, whose public half is derived by HMAC, so
that one made again by somebody else is told apart. *Membership*: the rights in its template.
*Entitlement*: a durable consumer on the stream, filtered to the subject, whose metadata hold end
and agreement; its position survives renewals. Marks lie in the claims' tags and descriptions and
in the durables' metadata.

NATS hides neither fields nor messages, so narrowed variants are withheld.

What an administrator gives once: an operator signing key (`password`), and two scoped signing keys
(`bootstrap.scopes_to_add`), one in the data account and one in the system account. The operator's
key could sign any account, and NATS offers nothing narrower: use an operator of its own.
"""

from marketplace.connectors.nats.config import NatsConfig
from marketplace.connectors.nats.connector import NatsConnector

__all__ = ["NatsConfig", "NatsConnector"]
