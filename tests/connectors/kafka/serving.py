"""What the doubles of the services beside Kafka share: a thread that serves, answers in JSON."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUSY = 429


@contextmanager
def serving[Double: ThreadingHTTPServer](double: Double) -> Iterator[Double]:
    """Serve in a thread until the test is done."""
    thread = threading.Thread(target=double.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield double
    finally:
        double.shutdown()
        thread.join()
        double.server_close()


class JsonAnswers(BaseHTTPRequestHandler):
    """A handler that answers with a status and JSON, and logs nothing."""

    def log_message(self, *_: object) -> None:
        pass

    def send_json(self, status: int, found: object, *, retry_after: int = 0) -> None:
        """Answer; ``None`` is no body. ``retry_after`` is told with 429, in seconds."""
        content = b"" if found is None else json.dumps(found).encode()
        self.send_response(status)
        if status == BUSY:
            self.send_header("retry-after", str(retry_after))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
