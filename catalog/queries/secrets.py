"""Secrets of platforms: sealed in our rows, or kept elsewhere and referred to.

A reference is ``env:NAME`` (only names that start with EMPORION_SECRET_), ``file:NAME`` (below the
folder of the setting EMPORION_SECRETS_DIR) or ``vault:path#field`` (HashiCorp Vault, KV version 2,
by VAULT_ADDR and VAULT_TOKEN). What it gives is kept in memory for five minutes and nowhere else.
"""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from django.conf import settings

from catalog.models import PlatformConnection
from marketplace.connectors.base import NeedsHuman
from marketplace.kernel.sealing import Unsealable, seal, unseal

KINDS: Final = ("env:", "file:", "vault:")
ENV_PREFIX: Final = "EMPORION_SECRET_"
_KEPT_SECONDS: Final = 300.0
_LONGEST: Final = 64_000
_kept: dict[str, tuple[float, str]] = {}


class NoSecret(NeedsHuman):
    """A secret is not to be had; the message names its place and never holds it."""


def is_reference(text: str) -> bool:
    """Tell a reference from a secret."""
    return text.startswith(KINDS)


def sealed(platform: PlatformConnection, name: str, text: str) -> dict[str, str]:
    """Give what a row keeps of one secret: the reference, or the sealed text."""
    if is_reference(text):
        return {"ref": text}
    place = place_of(platform.key, name)
    return {"sealed": base64.b64encode(seal(text, place=place)).decode()}


def opened(platform: PlatformConnection) -> dict[str, str]:
    """Give the secrets of a platform, by field. Raises NoSecret."""
    found = {}
    for name, kept in platform.sealed.items():
        if "ref" in kept:
            found[name] = resolve(kept["ref"])
        else:
            raw = base64.b64decode(kept["sealed"])
            try:
                found[name] = unseal(raw, place=place_of(platform.key, name))
            except Unsealable:
                raise NoSecret(f"no key opens {name} of {platform.key}") from None
    return found


def place_of(key: str, name: str) -> str:
    """Name the place that one secret of a platform is sealed for."""
    return f"platform/{key}/{name}"


def resolve(reference: str) -> str:
    """Look up what a reference leads to."""
    at, text = _kept.get(reference, (-_KEPT_SECONDS, ""))
    if time.monotonic() - at < _KEPT_SECONDS:
        return text
    kind, _, rest = reference.partition(":")
    found = {"env": _from_env, "file": _from_file, "vault": _from_vault}[kind](rest)
    _kept[reference] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Look every reference up anew."""
    _kept.clear()


def _from_env(name: str) -> str:
    if not name.startswith(ENV_PREFIX):
        raise NoSecret(f"env:{name} has to start with {ENV_PREFIX}")
    text = os.environ.get(name, "")
    if not text:
        raise NoSecret(f"env:{name} is not set")
    return text


def _from_file(name: str) -> str:
    folder = Path(settings.SECRETS_DIR).resolve()
    path = (folder / name).resolve()
    if folder not in path.parents:
        raise NoSecret(f"file:{name} is not below the folder of secrets")
    try:
        text = path.read_text(encoding="utf-8")[:_LONGEST].strip()
    except (OSError, UnicodeDecodeError):
        raise NoSecret(f"file:{name} cannot be read") from None
    if not text:
        raise NoSecret(f"file:{name} is empty")
    return text


def _from_vault(rest: str) -> str:
    path, _, name = rest.partition("#")
    address, token = os.environ.get("VAULT_ADDR", ""), os.environ.get("VAULT_TOKEN", "")
    if not address.startswith(("http://", "https://")) or not token:
        raise NoSecret(f"vault:{path} needs VAULT_ADDR and VAULT_TOKEN")
    mount, _, inside = path.partition("/")
    request = Request(  # noqa: S310 - the scheme was checked, and the address is the operator's
        f"{address.rstrip('/')}/v1/{mount}/data/{inside}", headers={"X-Vault-Token": token}
    )
    try:
        with urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            data: Any = json.loads(answer.read(_LONGEST))["data"]["data"][name or "value"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NoSecret(f"vault:{path}#{name or 'value'} gave nothing") from None
    return str(data)
