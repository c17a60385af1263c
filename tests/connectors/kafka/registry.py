"""A double of a Confluent-compatible schema registry: subjects, versions, numbers, a password."""

import base64
import json
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.connectors.kafka.serving import serving

PASSWORD = "a password of the registry, for tests"


class RegistryDouble(ThreadingHTTPServer):
    """Schemas by number; a subject's versions are numbers in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.schemas: dict[int, dict[str, object]] = {}
        self.subjects: dict[str, list[int]] = {}
        self.asked: list[str] = []
        self.broken = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/registry/"

    def registers(self, subject: str, text: str, kind: str = "AVRO") -> int:
        number = len(self.schemas) + 1
        facts: dict[str, object] = {"schema": text}
        self.schemas[number] = facts if kind == "AVRO" else facts | {"schemaType": kind}
        self.subjects.setdefault(subject, []).append(number)
        return number

    def find(self, path: str) -> dict[str, object] | None:
        match [unquote(part) for part in path.removeprefix("/registry/").split("/")]:
            case ["subjects", subject, "versions", "latest"] if subject in self.subjects:
                numbers = self.subjects[subject]
                facts = {"subject": subject, "version": len(numbers), "id": numbers[-1]}
                return facts | self.schemas[numbers[-1]]
            case ["schemas", "ids", number] if int(number) in self.schemas:
                return self.schemas[int(number)]
        return None


class _Answers(BaseHTTPRequestHandler):
    server: RegistryDouble

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        token = base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
        found = self.server.find(self.path)
        status = 200 if found else 404
        if self.headers["authorization"] != f"Basic {token}":
            status, found = 401, {"error_code": 401, "message": "Unauthorized"}
        if self.server.broken:
            status, found = self.server.broken, {}
        body = json.dumps(found or {"error_code": 40401, "message": "not found"}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/vnd.schemaregistry.v1+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def a_registry() -> AbstractContextManager[RegistryDouble]:
    return serving(RegistryDouble())
