r"""RabbitMQ: a stream queue, shown to one consumer at a time. RabbitMQ 3.10 or newer.

Only stream queues become ports: a message of another queue is gone for all others once one reader
has it. One user per consumer *and port*, because a user has one line of permissions per virtual
host, and two ports writing the same line would lose one another's change.

Access has three parts. *Login*: the user. *Membership*: its line of permissions, which lets it
configure and write nothing and read `^name$` with every metacharacter escaped (`a.b` also matches
`axb`). *Entitlement*: its password, derived by HMAC and hashed with a derived salt, so that what
stands can be compared; a user without one cannot log in. Marks (principal, end, agreement, digest)
are global runtime parameters.

Nothing ends by itself here: the marketplace's sweep takes access away at its end. Clearing a
permission does not touch an open channel, so a revoke closes the connections, and closes them once
more after the permissions are gone. RabbitMQ hides neither fields nor messages: narrowed variants
are withheld.

The provisioner needs the tag `administrator`, because only it may make users: RabbitMQ offers
nothing narrower. It needs no permission in the virtual host and so reads no message; previews for
owners use a reader that lives for seconds.
"""

from marketplace.connectors.rabbitmq.config import RabbitmqConfig
from marketplace.connectors.rabbitmq.connector import RabbitmqConnector

__all__ = ["RabbitmqConfig", "RabbitmqConnector"]
