"""How to reach one AWS account, and what our things in it are called."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from marketplace.connectors.base import SECRET, BadIdentifier, PortVariant, Principal
from marketplace.connectors.grants import Level
from marketplace.connectors.identifiers import check_environment, role_name

if TYPE_CHECKING:
    from marketplace.connectors.aws.statements import Reading

_SHORTEST_SECRET: Final = 16
_INSTANCE: Final = re.compile(r"[A-Za-z0-9-]{1,40}\Z")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\Z")
_PROVISIONER: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):(user|role)/[\x21-\x7e]{1,550}\Z"
)
_POLICY: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\x21-\x7e]{1,600}\Z")
_PLAIN_TAG: Final = re.compile(r"[A-Za-z0-9 _.:/=+@-]{0,256}\Z")
_ENCODED: Final = "=b64="
_LONGEST_TAG: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsConfig:
    """One account and region, and the marketplace's own identity there.

    `provisioner` is the ARN of the marketplace's IAM user or role; without keys the machine's own
    way to AWS is used (environment, instance profile). `boundary` is the ARN of a policy of the
    administrator's that every role of ours is bounded by. `endpoint` is the address of an emulator:
    evidence is then labelled simulated. `lab_secret` (at least 16 characters) derives what lets
    only us assume the consumers' roles.
    """

    region: str
    provisioner: str
    env: str
    lab_secret: str = field(repr=False, metadata=SECRET)
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False, metadata=SECRET)
    boundary: str = ""
    endpoint: str = ""
    instance: str = "emporion"

    def __post_init__(self) -> None:
        check_environment(self.env)
        if not _REGION.match(self.region):
            raise ValueError("region must be one of AWS, as eu-central-1")
        if not _PROVISIONER.match(self.provisioner):
            raise ValueError("provisioner must be the ARN of an IAM user or role")
        if self.boundary and not _POLICY.match(self.boundary):
            raise ValueError("boundary must be the ARN of a managed policy")
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise ValueError("give both parts of the access key, or none")
        if len(self.lab_secret) < _SHORTEST_SECRET:
            raise ValueError(f"lab_secret must have at least {_SHORTEST_SECRET} characters")
        if not _INSTANCE.match(self.instance):
            raise ValueError("instance must be made of letters, digits and hyphens")

    @property
    def reading(self) -> "Reading":
        """What consumers may do: the configuration of each connector says it."""
        raise NotImplementedError

    @property
    def level(self) -> Level:
        """What evidence from this endpoint is worth."""
        return "simulated" if self.endpoint else "proven"

    @property
    def account(self) -> str:
        """The account's twelve digits."""
        return self.provisioner.split(":")[4]

    @property
    def partition(self) -> str:
        """The part of AWS: aws, aws-cn, aws-us-gov."""
        return self.provisioner.split(":")[1]

    @property
    def path(self) -> str:
        """The IAM path below which everything of ours stands, and nothing else may."""
        return f"/emporion/{self.instance}/"

    def path_of(self, handle: str) -> str:
        """The IAM path of what belongs to one handle."""
        return f"{self.path}{handle}/"

    def iam_arn(self, kind: str, handle: str, name: str) -> str:
        """Name a role or policy of ours."""
        path = self.path_of(handle)
        return f"arn:{self.partition}:iam::{self.account}:{kind}{path}{name}"

    def login_of(self, handle: str, principal: Principal) -> str:
        """Name the role of one consumer on one handle."""
        return role_name(self.env, "c", handle, principal.kind, principal.key)

    def handle_of(self, variant: PortVariant) -> str:
        """Name the reader policy of a variant."""
        return variant.handle(self.env)

    def external_id(self, handle: str, login: str) -> str:
        """Derive what has to be said to assume a role of ours: 43 characters."""
        return _text(self._derive("external", handle, login))

    def seal(self, text: str) -> str:
        """Seal what we publish, so that a change by another hand shows."""
        return _text(self._derive("seal", text))

    def _derive(self, *parts: str) -> bytes:
        return hmac.digest(self.lab_secret.encode(), "\n".join(parts).encode(), hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def to_tag(text: str) -> str:
    """Write any text as the value of a tag. Raises BadIdentifier when it is too long."""
    if _PLAIN_TAG.match(text) and not text.startswith(_ENCODED):
        return text
    encoded = _ENCODED + base64.urlsafe_b64encode(text.encode()).decode()
    if len(encoded) > _LONGEST_TAG:
        raise BadIdentifier("a name of more than 188 bytes does not fit into a tag of AWS")
    return encoded


def from_tag(value: str) -> str:
    """Read the text back."""
    if not value.startswith(_ENCODED):
        return value
    return base64.urlsafe_b64decode(value.removeprefix(_ENCODED)).decode()
