"""A security key in software: what a device answers to the questions of Web Authentication.

Only for tests. It keeps one key, counts its signatures, and can be told to behave wrongly.
"""

import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

ORIGIN = "http://localhost:8000"
DOMAIN = "localhost"
_PRESENT, _VERIFIED, _NEW = 1, 4, 64


class Device:
    """One device with one passkey."""

    def __init__(self, name: bytes = b"a device of ana") -> None:
        self.id = hashlib.sha256(name).digest()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.count = 0
        self.origin = ORIGIN
        self.domain = DOMAIN
        self.verifies = True
        self.handle = b""

    @property
    def name(self) -> str:
        """The id as it travels."""
        return bytes_to_base64url(self.id)

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.handle = options["user"]["id"].encode()
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        about = bytes(16) + len(self.id).to_bytes(2) + self.id + public
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(_NEW) + about}
        return self._answer(
            clientDataJSON=self._client("webauthn.create", options["challenge"]),
            attestationObject=cbor2.dumps(attested),
        )

    def prove(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`, and count."""
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = self._answer(clientDataJSON=client, authenticatorData=data, signature=signed)
        if self.handle:
            answer["response"]["userHandle"] = self.handle.decode()
        return answer

    def _data(self, more: int = 0) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies else 0) | more
        site = hashlib.sha256(self.domain.encode()).digest()
        return site + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **parts: bytes) -> dict[str, Any]:
        name = self.name
        response = {key: bytes_to_base64url(value) for key, value in parts.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
