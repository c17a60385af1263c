"""Calls of AWS: checked before they leave, and their errors sorted by what to do about them.

botocore writes whole answers into its log at DEBUG, with secret keys in them: its loggers are kept
from that here, whatever the level of the root logger is.
"""

import functools
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
)
from botocore.session import Session

from marketplace.connectors.aws import strict
from marketplace.connectors.aws.config import AwsConfig
from marketplace.connectors.base import (
    Conflict,
    ConnectorError,
    NeedsHuman,
    Permanent,
    Transient,
)

for _name in ("botocore", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.INFO)

_CONNECT_S: Final = 10
_READ_S: Final = 60
_ATTEMPTS: Final = 3
_SHOWN: Final = 300
_SERVER_ERROR: Final = 500
REFUSALS: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedAccess"}
)
"""The words of AWS for "you may not"."""
_NO_LOGIN: Final = frozenset(
    {
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "InvalidToken",
    }
)
_BUSY: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "ServiceUnavailable",
        "InternalFailure",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_CHANGED: Final = frozenset(
    {
        "ConcurrentModification",
        "ConcurrentModificationException",
        "EntityTemporarilyUnmodifiable",
        "DeleteConflict",
        "NoSuchEntity",
        "EntityAlreadyExists",
        "OperationAborted",
        "ResourceInUseException",
        "EntityNotFoundException",
    }
)
_QUOTA: Final = frozenset(
    {"LimitExceeded", "LimitExceededException", "ResourceNumberLimitExceededException"}
)

_ACCOUNT: Final = re.compile(r"//\d{12}\.")
_making: Final = threading.Lock()
"""A botocore session makes one client at a time."""


@functools.cache
def _session() -> Session:
    """Give the one session of this process: it keeps the services' models, which are large."""
    return Session()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the values, or code and words of an error that the caller expected."""

    value: dict[str, Any]
    code: str
    at: datetime
    words: str = ""

    def __bool__(self) -> bool:
        return not self.code


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials. Never logged; temporary ones are never stored."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


class Aws:
    """AWS as one identity: the provisioner's, or (`acting`) the one of temporary credentials."""

    def __init__(self, config: AwsConfig, keys: Keys | None = None) -> None:
        self.config = config
        self._keys = keys
        self._clients: dict[str, Any] = {}
        self._heard = datetime.min.replace(tzinfo=UTC)

    def acting(self, keys: Keys) -> "Aws":
        """Give AWS as somebody else; models that were read stay read."""
        return Aws(self.config, keys)

    def ask(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any] | None = None,
        *,
        expected: frozenset[str] = frozenset(),
    ) -> Answer:
        """Make one call. Codes in `expected` come back in the answer; others raise ConnectorError.

        The call is checked against the service's model first; one that does not fit is never sent.
        """
        client = self._client(service)
        given = dict(params or {})
        name = client.meta.method_to_api_mapping[operation]
        strict.check(client.meta.service_model.operation_model(name), given)
        try:
            value = getattr(client, operation)(**given)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in expected:
                words = str(error.response["Error"].get("Message", ""))[:_SHOWN]
                return Answer({}, code, _date(error.response), words)
            raise translated(name, error) from None
        except ParamValidationError as error:
            raise Permanent(f"AWS {name} would refuse this: {str(error)[:_SHOWN]}") from None
        except NoCredentialsError:
            raise NeedsHuman("there are no credentials for AWS here") from None
        except BotoCoreError as error:
            raise Transient(f"AWS cannot be reached: {type(error).__name__}", 1.0) from None
        self._heard = _date(value)
        return Answer(value, "", self._heard)

    def last_heard(self) -> datetime:
        """Give AWS's clock as the last answer told it, whole seconds."""
        return self._heard

    def all(
        self,
        service: str,
        operation: str,
        key: str,
        params: Mapping[str, Any],
        *,
        expected: frozenset[str] = frozenset(),
    ) -> list[Any]:
        """Read every page of a listing that is marked by `Marker`, or by a token.

        A code in `expected` ends the listing: what was to be listed is not there.
        """
        found: list[Any] = []
        more: dict[str, Any] = {}
        while True:
            value = self.ask(service, operation, {**params, **more}, expected=expected).value
            found += value.get(key) or []
            if value.get("IsTruncated") and value.get("Marker"):
                more = {"Marker": value["Marker"]}
            elif value.get("NextContinuationToken"):
                more = {"ContinuationToken": value["NextContinuationToken"]}
            elif value.get("NextToken"):
                more = {"NextToken": value["NextToken"]}
            else:
                return found

    def now(self) -> datetime:
        """Read AWS's clock, whole seconds."""
        return self.ask("sts", "get_caller_identity").at

    def _client(self, service: str) -> Any:
        with _making:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str) -> Any:
        config = self.config
        if self._keys is not None:
            return _new(service, config.region, config.endpoint, self._keys)
        keys = Keys(config.access_key_id, config.secret_access_key, "")
        return _own(service, config.region, config.endpoint, keys)


def _new(service: str, region: str, endpoint: str, keys: Keys) -> Any:
    """Make a client: some milliseconds of work, and a pool of connections of its own."""
    client = _session().create_client(
        service,
        region_name=region,
        endpoint_url=endpoint or None,
        config=Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            user_agent_extra="emporion",
            s3={"addressing_style": "path" if endpoint else "virtual"},
        ),
        aws_access_key_id=keys.access_key_id or None,
        aws_secret_access_key=keys.secret_access_key or None,
        aws_session_token=keys.session_token or None,
    )
    if endpoint:
        client.meta.events.register("before-sign.s3-control", _without_account)
    return client


def _without_account(request: AWSRequest, **_: object) -> None:
    """Ask an endpoint of our own by its name: S3 Control puts the account's number before it."""
    request.url = _ACCOUNT.sub("//", request.url, count=1)


_own = functools.lru_cache(maxsize=64)(_new)
"""Clients of the provisioner are kept over connectors; those of temporary keys are not."""


def translated(operation: str, error: ClientError) -> ConnectorError:
    """Sort an error of AWS by what can be done about it. Its words hold no credentials."""
    told = error.response.get("Error", {})
    code, words = str(told.get("Code", "")), str(told.get("Message", ""))[:_SHOWN]
    metadata = error.response.get("ResponseMetadata", {})
    text = f"AWS {operation}: {code}: {words}"
    if code in _BUSY or int(metadata.get("HTTPStatusCode", 0)) >= _SERVER_ERROR:
        return Transient(text, _retry_after(metadata))
    if code in _CHANGED:
        return Conflict(text)
    if code in REFUSALS | _NO_LOGIN | _QUOTA:
        return NeedsHuman(text)
    return Permanent(text)


def _retry_after(metadata: Mapping[str, Any]) -> float | None:
    given = str((metadata.get("HTTPHeaders") or {}).get("retry-after", ""))
    return float(given) if given.isdecimal() else None


def _date(response: Mapping[str, Any]) -> datetime:
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders") or {}
    given = headers.get("date")
    if not given:
        return datetime.now(UTC)  # noqa: TID251 - the answer named no time
    return parsedate_to_datetime(given).astimezone(UTC)
