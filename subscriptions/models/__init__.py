"""What subscriptions keep. Rows of requests, agreements and grants are never deleted."""

from subscriptions.models.access_agreement import AccessAgreement
from subscriptions.models.access_request import AccessRequest, ApprovalStage, RequestComment
from subscriptions.models.departure import Departure
from subscriptions.models.drift import DriftFinding, DriftRule
from subscriptions.models.follow import Follow
from subscriptions.models.funnel import FunnelDay, FunnelMark, Journey, SearchDay
from subscriptions.models.gate import PlatformGate
from subscriptions.models.grant import Grant, Handle
from subscriptions.models.issued_login import IssuedLogin
from subscriptions.models.kill_switch import KillSwitch
from subscriptions.models.lab_run import LabRun, UsageDay
from subscriptions.models.mail import Mail
from subscriptions.models.notice import Acknowledgement, Notice, NoticeRecipient
from subscriptions.models.notification_choice import NotificationChoice
from subscriptions.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "AccessAgreement",
    "AccessRequest",
    "Acknowledgement",
    "ApprovalStage",
    "Departure",
    "DriftFinding",
    "DriftRule",
    "Follow",
    "FunnelDay",
    "FunnelMark",
    "Grant",
    "Handle",
    "IssuedLogin",
    "Journey",
    "KillSwitch",
    "LabRun",
    "Mail",
    "Notice",
    "NoticeRecipient",
    "NotificationChoice",
    "PlatformGate",
    "RequestComment",
    "SearchDay",
    "UsageDay",
    "WebhookDelivery",
    "WebhookEndpoint",
]
