"""The requests and answers that the double knows, one version of each, as tables of fields.

Source: the protocol guide of Apache Kafka (kafka.apache.org/protocol). The double announces every
version up to the one written here; librdkafka takes the highest that both know, which is this one.
"""

from dataclasses import dataclass
from enum import IntEnum

from tests.connectors.kafka.wire import Spec


class Error(IntEnum):
    """Error codes of the protocol, those that are used here."""

    NONE = 0
    OFFSET_OUT_OF_RANGE = 1
    UNKNOWN_TOPIC_OR_PARTITION = 3
    REQUEST_TIMED_OUT = 7
    COORDINATOR_NOT_AVAILABLE = 15
    ILLEGAL_GENERATION = 22
    INCONSISTENT_GROUP_PROTOCOL = 23
    UNKNOWN_MEMBER_ID = 25
    REBALANCE_IN_PROGRESS = 27
    TOPIC_AUTHORIZATION_FAILED = 29
    GROUP_AUTHORIZATION_FAILED = 30
    CLUSTER_AUTHORIZATION_FAILED = 31
    UNSUPPORTED_SASL_MECHANISM = 33
    ILLEGAL_SASL_STATE = 34
    UNSUPPORTED_VERSION = 35
    TOPIC_ALREADY_EXISTS = 36
    INVALID_REPLICATION_FACTOR = 38
    INVALID_REQUEST = 42
    SECURITY_DISABLED = 54
    SASL_AUTHENTICATION_FAILED = 58
    THROTTLING_QUOTA_EXCEEDED = 89
    RESOURCE_NOT_FOUND = 91
    DUPLICATE_RESOURCE = 92
    UNACCEPTABLE_CREDENTIAL = 93


@dataclass(frozen=True)
class Api:
    """One kind of request: its name, the version written here, and its fields."""

    name: str
    version: int
    request: Spec
    response: Spec
    flexible: bool = False
    least: int = 0


_ACL = (("resource_type", "int8"), ("resource_name", "string"), ("pattern_type", "int8"))
_WHO = (("principal", "string"), ("host", "string"), ("operation", "int8"), ("permission", "int8"))
_SAID = (("error_code", "int16"), ("error_message", "string"))
_THROTTLE = (("throttle_time_ms", "int32"),)
_MEMBER = (("group_id", "string"), ("generation_id", "int32"), ("member_id", "string"))
_INSTANCE = (("group_instance_id", "string"),)


def _topics(*partition: tuple[str, Spec]) -> Spec:
    return [(("name", "string"), ("partitions", [(("partition", "int32"), *partition)]))]


PRODUCE, FETCH, LIST_OFFSETS, METADATA = 0, 1, 2, 3
SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 17, 18, 36

APIS: dict[int, Api] = {
    PRODUCE: Api(
        "Produce",
        7,
        (
            ("transactional_id", "string"),
            ("acks", "int16"),
            ("timeout_ms", "int32"),
            ("topics", _topics(("records", "bytes"))),
        ),
        (
            (
                "topics",
                _topics(
                    ("error_code", "int16"),
                    ("base_offset", "int64"),
                    ("log_append_time_ms", "int64"),
                    ("log_start_offset", "int64"),
                ),
            ),
            *_THROTTLE,
        ),
    ),
    FETCH: Api(
        "Fetch",
        11,
        (
            ("replica_id", "int32"),
            ("max_wait_ms", "int32"),
            ("min_bytes", "int32"),
            ("max_bytes", "int32"),
            ("isolation_level", "int8"),
            ("session_id", "int32"),
            ("session_epoch", "int32"),
            (
                "topics",
                _topics(
                    ("current_leader_epoch", "int32"),
                    ("fetch_offset", "int64"),
                    ("log_start_offset", "int64"),
                    ("partition_max_bytes", "int32"),
                ),
            ),
            ("forgotten", [(("name", "string"), ("partitions", ["int32"]))]),
            ("rack_id", "string"),
        ),
        (
            *_THROTTLE,
            ("error_code", "int16"),
            ("session_id", "int32"),
            (
                "topics",
                _topics(
                    ("error_code", "int16"),
                    ("high_watermark", "int64"),
                    ("last_stable_offset", "int64"),
                    ("log_start_offset", "int64"),
                    ("aborted", [(("producer_id", "int64"), ("first_offset", "int64"))]),
                    ("preferred_read_replica", "int32"),
                    ("records", "bytes"),
                ),
            ),
        ),
    ),
    LIST_OFFSETS: Api(
        "ListOffsets",
        5,
        (
            ("replica_id", "int32"),
            ("isolation_level", "int8"),
            ("topics", _topics(("current_leader_epoch", "int32"), ("timestamp", "int64"))),
        ),
        (
            *_THROTTLE,
            (
                "topics",
                _topics(
                    ("error_code", "int16"),
                    ("timestamp", "int64"),
                    ("offset", "int64"),
                    ("leader_epoch", "int32"),
                ),
            ),
        ),
    ),
    METADATA: Api(
        "Metadata",
        8,
        (
            ("topics", [(("name", "string"),)]),
            ("allow_auto_topic_creation", "bool"),
            ("include_cluster_authorized_operations", "bool"),
            ("include_topic_authorized_operations", "bool"),
        ),
        (
            *_THROTTLE,
            (
                "brokers",
                [
                    (
                        ("node_id", "int32"),
                        ("host", "string"),
                        ("port", "int32"),
                        ("rack", "string"),
                    )
                ],
            ),
            ("cluster_id", "string"),
            ("controller_id", "int32"),
            (
                "topics",
                [
                    (
                        ("error_code", "int16"),
                        ("name", "string"),
                        ("is_internal", "bool"),
                        (
                            "partitions",
                            [
                                (
                                    ("error_code", "int16"),
                                    ("partition", "int32"),
                                    ("leader_id", "int32"),
                                    ("leader_epoch", "int32"),
                                    ("replica_nodes", ["int32"]),
                                    ("isr_nodes", ["int32"]),
                                    ("offline_replicas", ["int32"]),
                                )
                            ],
                        ),
                        ("topic_authorized_operations", "int32"),
                    )
                ],
            ),
            ("cluster_authorized_operations", "int32"),
        ),
    ),
    8: Api(
        "OffsetCommit",
        7,
        (
            *_MEMBER,
            *_INSTANCE,
            (
                "topics",
                _topics(("offset", "int64"), ("leader_epoch", "int32"), ("metadata", "string")),
            ),
        ),
        (*_THROTTLE, ("topics", _topics(("error_code", "int16")))),
    ),
    9: Api(
        "OffsetFetch",
        5,
        (
            ("group_id", "string"),
            ("topics", [(("name", "string"), ("partitions", ["int32"]))]),
        ),
        (
            *_THROTTLE,
            (
                "topics",
                _topics(
                    ("offset", "int64"),
                    ("leader_epoch", "int32"),
                    ("metadata", "string"),
                    ("error_code", "int16"),
                ),
            ),
            ("error_code", "int16"),
        ),
    ),
    10: Api(
        "FindCoordinator",
        2,
        (("key", "string"), ("key_type", "int8")),
        (*_THROTTLE, *_SAID, ("node_id", "int32"), ("host", "string"), ("port", "int32")),
    ),
    11: Api(
        "JoinGroup",
        5,
        (
            ("group_id", "string"),
            ("session_timeout_ms", "int32"),
            ("rebalance_timeout_ms", "int32"),
            ("member_id", "string"),
            *_INSTANCE,
            ("protocol_type", "string"),
            ("protocols", [(("name", "string"), ("metadata", "bytes"))]),
        ),
        (
            *_THROTTLE,
            ("error_code", "int16"),
            ("generation_id", "int32"),
            ("protocol_name", "string"),
            ("leader", "string"),
            ("member_id", "string"),
            ("members", [(("member_id", "string"), *_INSTANCE, ("metadata", "bytes"))]),
        ),
    ),
    12: Api("Heartbeat", 3, (*_MEMBER, *_INSTANCE), (*_THROTTLE, ("error_code", "int16"))),
    13: Api(
        "LeaveGroup",
        1,
        (("group_id", "string"), ("member_id", "string")),
        (*_THROTTLE, ("error_code", "int16")),
    ),
    14: Api(
        "SyncGroup",
        3,
        (
            *_MEMBER,
            *_INSTANCE,
            ("assignments", [(("member_id", "string"), ("assignment", "bytes"))]),
        ),
        (*_THROTTLE, ("error_code", "int16"), ("assignment", "bytes")),
    ),
    16: Api(
        "ListGroups",
        2,
        (),
        (
            *_THROTTLE,
            ("error_code", "int16"),
            ("groups", [(("group_id", "string"), ("protocol_type", "string"))]),
        ),
    ),
    SASL_HANDSHAKE: Api(
        "SaslHandshake",
        1,
        (("mechanism", "string"),),
        (("error_code", "int16"), ("mechanisms", ["string"])),
    ),
    API_VERSIONS: Api(
        "ApiVersions",
        3,
        (("client_software_name", "string"), ("client_software_version", "string")),
        (
            ("error_code", "int16"),
            (
                "api_keys",
                [(("api_key", "int16"), ("min_version", "int16"), ("max_version", "int16"))],
            ),
            *_THROTTLE,
        ),
        flexible=True,
    ),
    19: Api(
        "CreateTopics",
        4,
        (
            (
                "topics",
                [
                    (
                        ("name", "string"),
                        ("num_partitions", "int32"),
                        ("replication_factor", "int16"),
                        ("assignments", [(("partition", "int32"), ("brokers", ["int32"]))]),
                        ("configs", [(("name", "string"), ("value", "string"))]),
                    )
                ],
            ),
            ("timeout_ms", "int32"),
            ("validate_only", "bool"),
        ),
        (*_THROTTLE, ("topics", [(("name", "string"), *_SAID)])),
    ),
    29: Api(
        "DescribeAcls",
        1,
        (*_ACL, *_WHO),
        (*_THROTTLE, *_SAID, ("resources", [(*_ACL, ("acls", [_WHO]))])),
    ),
    30: Api(
        "CreateAcls",
        1,
        (("creations", [(*_ACL, *_WHO)]),),
        (*_THROTTLE, ("results", [_SAID])),
    ),
    31: Api(
        "DeleteAcls",
        1,
        (("filters", [(*_ACL, *_WHO)]),),
        (*_THROTTLE, ("results", [(*_SAID, ("matching", [(*_SAID, *_ACL, *_WHO)]))])),
    ),
    32: Api(
        "DescribeConfigs",
        1,
        (
            (
                "resources",
                [(("resource_type", "int8"), ("resource_name", "string"), ("names", ["string"]))],
            ),
            ("include_synonyms", "bool"),
        ),
        (
            *_THROTTLE,
            (
                "results",
                [
                    (
                        *_SAID,
                        ("resource_type", "int8"),
                        ("resource_name", "string"),
                        (
                            "configs",
                            [
                                (
                                    ("name", "string"),
                                    ("value", "string"),
                                    ("read_only", "bool"),
                                    ("config_source", "int8"),
                                    ("is_sensitive", "bool"),
                                    (
                                        "synonyms",
                                        [
                                            (
                                                ("name", "string"),
                                                ("value", "string"),
                                                ("source", "int8"),
                                            )
                                        ],
                                    ),
                                )
                            ],
                        ),
                    )
                ],
            ),
        ),
    ),
    SASL_AUTHENTICATE: Api(
        "SaslAuthenticate",
        1,
        (("auth_bytes", "bytes"),),
        (*_SAID, ("auth_bytes", "bytes"), ("session_lifetime_ms", "int64")),
    ),
    50: Api(
        "DescribeUserScramCredentials",
        0,
        (("users", [(("name", "string"),)]),),
        (
            *_THROTTLE,
            *_SAID,
            (
                "results",
                [
                    (
                        ("user", "string"),
                        *_SAID,
                        ("credentials", [(("mechanism", "int8"), ("iterations", "int32"))]),
                    )
                ],
            ),
        ),
        flexible=True,
    ),
    51: Api(
        "AlterUserScramCredentials",
        0,
        (
            ("deletions", [(("name", "string"), ("mechanism", "int8"))]),
            (
                "upsertions",
                [
                    (
                        ("name", "string"),
                        ("mechanism", "int8"),
                        ("iterations", "int32"),
                        ("salt", "bytes"),
                        ("salted_password", "bytes"),
                    )
                ],
            ),
        ),
        (*_THROTTLE, ("results", [(("user", "string"), *_SAID)])),
        flexible=True,
    ),
}
