"""Apache Kafka and what speaks its protocol: a topic, shown to one consumer at a time.

One SCRAM user per consumer *and port*, so that what one port takes away cannot touch another. Kafka
has groups of consumers, no groups of users, so the membership is spelled out in ACLs.

Access has three parts. *Login*: the SCRAM user, whose password is derived by HMAC and whose number
of iterations is derived as well: it is all that Kafka tells of a credential, and tells one made
again by somebody else apart. *Membership*: Read on the consumer groups `mp-<agreement>-…`
(PREFIXED, the separator at its end, so that no other agreement's groups begin alike).
*Entitlement*: Read and Describe on the topic (LITERAL), given last and taken first.

Marks (principal, end, agreement, digest) are ACLs as well: a DENY on a transactional id that nobody
has. It allows nothing, is read back with everything else, and needs no store of ours.

Nothing ends by itself here: the marketplace's sweep takes access away at its end. A broker asks the
ACLs at every fetch, so an open session is refused at its next one. Kafka hides neither fields nor
messages: narrowed variants are withheld.

The provisioner needs Alter on the cluster, because only that writes ACLs and users; it could grant
anything, and Kafka offers nothing narrower. It needs no right to read a topic: previews for owners
use a reader that lives for seconds.
"""

from marketplace.connectors.kafka.config import KafkaConfig
from marketplace.connectors.kafka.connector import KafkaConnector

__all__ = ["KafkaConfig", "KafkaConnector"]
