"""The lives of requests, agreements, grants, messages and acknowledgements."""

from django.db import models

from marketplace.kernel.states import Machine


class RequestState(models.TextChoices):
    """Where an access request stands."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    IN_REVIEW = "in_review", "In review"
    RETURNED = "returned", "Returned for changes"
    COUNTERED = "countered", "Counter-offer"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Lapsed"


class StageState(models.TextChoices):
    """Where one approval stage stands."""

    WAITING = "waiting", "Waiting"
    OPEN = "open", "Open"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Declined"
    SKIPPED = "skipped", "Skipped"


class AgreementState(models.TextChoices):
    """Where an access agreement stands."""

    PENDING = "pending", "Being granted"
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    ENDING = "ending", "Ending"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"
    TERMINATED = "terminated", "Given back"
    SUPERSEDED = "superseded", "Superseded"
    FAILED = "failed", "Could not be proven"


class GrantState(models.TextChoices):
    """Where a grant stands on the platform."""

    PENDING = "pending", "Waiting for a worker"
    PROVISIONING = "provisioning", "Being provisioned"
    PROVISIONED = "provisioned", "Provisioned, not proven"
    VERIFIED = "verified", "Proven"
    DRIFTED = "drifted", "Drifted"
    FAILED = "failed", "Failed"
    DEPROVISIONING = "deprovisioning", "Being removed"
    REMOVED = "removed", "Removed, not proven"
    VERIFIED_REMOVED = "verified_removed", "Proven removed"
    ORPHANED = "orphaned", "Orphaned"


class AckState(models.TextChoices):
    """What a consumer answered to a breaking change."""

    PENDING = "pending", "No answer yet"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    NEEDS_TIME = "needs_time", "Needs time"
    OBJECTED = "objected", "Objects"
    WAIVED = "waived", "Waived"
    LAPSED = "lapsed", "Lapsed"


class MessageState(models.TextChoices):
    """Where a mail or webhook delivery stands."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    DELIVERED = "delivered", "Delivered"
    RETRYING = "retrying", "Will be tried again"
    DEAD = "dead", "Given up"
    SUPPRESSED = "suppressed", "Not wanted"
    REPLAYED = "replayed", "Sent again"


R, A, G, K = RequestState, AgreementState, GrantState, AckState

OPEN_REQUEST = (R.SUBMITTED, R.IN_REVIEW, R.RETURNED, R.COUNTERED)
LIVE_AGREEMENT = (A.PENDING, A.ACTIVE, A.SUSPENDED, A.ENDING)

REQUEST = Machine(
    "a request",
    R.SUBMITTED,
    {
        "review": {R.SUBMITTED: R.IN_REVIEW},
        "approve": {R.SUBMITTED: R.APPROVED, R.IN_REVIEW: R.APPROVED},
        "reject": {R.IN_REVIEW: R.REJECTED},
        "return": {R.IN_REVIEW: R.RETURNED},
        "resubmit": {R.RETURNED: R.IN_REVIEW},
        "counter": {R.IN_REVIEW: R.COUNTERED},
        "accept_counter": {R.COUNTERED: R.IN_REVIEW},
        "withdraw": {
            R.SUBMITTED: R.WITHDRAWN,
            R.IN_REVIEW: R.WITHDRAWN,
            R.RETURNED: R.WITHDRAWN,
            R.COUNTERED: R.WITHDRAWN,
        },
        "lapse": {R.IN_REVIEW: R.LAPSED, R.RETURNED: R.LAPSED, R.COUNTERED: R.LAPSED},
        "reopen": {R.APPROVED: R.IN_REVIEW},
        "send_back": {R.APPROVED: R.RETURNED},
    },
)
AGREEMENT = Machine(
    "an agreement",
    A.PENDING,
    {
        "activate": {A.PENDING: A.ACTIVE, A.FAILED: A.ACTIVE},
        "fail": {A.PENDING: A.FAILED},
        "reopen": {A.FAILED: A.PENDING},
        "suspend": {A.ACTIVE: A.SUSPENDED, A.PENDING: A.SUSPENDED},
        "resume": {A.SUSPENDED: A.PENDING},
        "renew": {A.ACTIVE: A.ACTIVE},
        "end": {
            A.PENDING: A.ENDING,
            A.ACTIVE: A.ENDING,
            A.SUSPENDED: A.ENDING,
            A.FAILED: A.ENDING,
        },
        "expire": {A.ENDING: A.EXPIRED},
        "revoke": {A.ENDING: A.REVOKED},
        "terminate": {A.ENDING: A.TERMINATED},
        "supersede": {A.ENDING: A.SUPERSEDED},
    },
)
GRANT = Machine(
    "a grant",
    G.PENDING,
    {
        "provision": {
            G.PENDING: G.PROVISIONING,
            G.FAILED: G.PROVISIONING,
            G.DRIFTED: G.PROVISIONING,
            G.VERIFIED_REMOVED: G.PROVISIONING,
        },
        "provisioned": {G.PROVISIONING: G.PROVISIONED},
        "verify": {
            G.PENDING: G.VERIFIED,
            G.PROVISIONING: G.VERIFIED,
            G.PROVISIONED: G.VERIFIED,
            G.DRIFTED: G.VERIFIED,
            G.FAILED: G.VERIFIED,
        },
        "drift": {G.VERIFIED: G.DRIFTED},
        "fail": {
            G.PENDING: G.FAILED,
            G.PROVISIONING: G.FAILED,
            G.PROVISIONED: G.FAILED,
            G.DRIFTED: G.FAILED,
        },
        "deprovision": {
            G.PENDING: G.DEPROVISIONING,
            G.PROVISIONING: G.DEPROVISIONING,
            G.PROVISIONED: G.DEPROVISIONING,
            G.VERIFIED: G.DEPROVISIONING,
            G.DRIFTED: G.DEPROVISIONING,
            G.FAILED: G.DEPROVISIONING,
            G.VERIFIED_REMOVED: G.DEPROVISIONING,
        },
        "remove": {G.DEPROVISIONING: G.REMOVED},
        "verify_removed": {
            G.DEPROVISIONING: G.VERIFIED_REMOVED,
            G.REMOVED: G.VERIFIED_REMOVED,
        },
        "restore": {G.DEPROVISIONING: G.PENDING, G.VERIFIED_REMOVED: G.PENDING},
    },
)
ACKNOWLEDGEMENT = Machine(
    "an acknowledgement",
    K.PENDING,
    {
        "acknowledge": {
            K.PENDING: K.ACKNOWLEDGED,
            K.NEEDS_TIME: K.ACKNOWLEDGED,
            K.OBJECTED: K.ACKNOWLEDGED,
        },
        "need_time": {K.PENDING: K.NEEDS_TIME},
        "object": {K.PENDING: K.OBJECTED, K.NEEDS_TIME: K.OBJECTED},
        "lapse": {K.PENDING: K.LAPSED, K.NEEDS_TIME: K.LAPSED},
    },
)
