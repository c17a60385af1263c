"""What happens to the short-lived logins of people."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events.log import known
from subscriptions.events.base import _OfAgreement


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsMade(_OfAgreement):
    """What came of handing out a login: made, failed, or dropped again at once."""

    name: ClassVar[str] = "access.credentials.made"
    login_id: str
    user: str
    login: str
    outcome: str
    until: str = ""


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsWithdrawing(_OfAgreement):
    """A short-lived login shall end before its time."""

    name: ClassVar[str] = "access.credentials.withdrawing"
    login_id: str
    user: str
    login: str
    reason: str


@known
@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsWithdrawn(_OfAgreement):
    """A short-lived login was dropped on its platform, and that was read back."""

    name: ClassVar[str] = "access.credentials.withdrawn"
    login_id: str
    user: str
    login: str
    reason: str
    sessions: int | None
    read_back: str
