"""Real receivers on loopback: an HTTP server for webhooks and an SMTP server for mail."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from aiosmtpd.controller import Controller

from deploy.embedded.state import free_port


class WebhookReceiver:
    """Keeps what is posted; answers as told. ``with WebhookReceiver() as hook: hook.url``."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.hold: threading.Event | None = None
        self.arrived = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
                outer.arrived.set()
                if outer.hold:
                    outer.hold.wait(20)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hold:
            self.hold.set()
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """Keeps what is mailed. ``with Mailbox() as box: box.port; box.letters``."""

    def __init__(self) -> None:
        self.letters: list[object] = []
        self.refuse = ""
        outer = self

        class Handler:
            async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - aiosmtpd's
                if outer.refuse:
                    return outer.refuse
                outer.letters.append(envelope)
                return "250 OK"

        self.controller = Controller(Handler(), hostname="127.0.0.1", port=free_port())

    def __enter__(self) -> Self:
        self.controller.start()
        self.port = self.controller.port
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()
