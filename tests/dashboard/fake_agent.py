"""The fake wire behind a real port, so that a browser and the real wire can ask it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from fin_agent.entrypoints.dashboard.wire import Question, Refused, WirePort
from tests.dashboard.fake_wire import CONTROL_TOKEN, READ_TOKEN


@contextmanager
def served(wire: WirePort) -> Iterator[str]:
    """The address at which the wire answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(None)

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])))

        def _reply(self, body: bytes | None) -> None:
            parts = urlsplit(self.path)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            key = self.headers.get("Idempotency-Key")
            question = Question(parts.path, dict(parse_qsl(parts.query)), body, key)
            try:
                self._send(200, _answered(wire, question, token))
            except Refused as error:
                problem: dict[str, object] = {
                    "detail": error.detail,
                    "remedy": error.remedy,
                    "errors": [],
                }
                self._send(error.status, json.dumps(problem).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- overridden
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answered(wire: WirePort, question: Question, token: str) -> bytes:
    if token not in {READ_TOKEN, CONTROL_TOKEN}:
        raise Refused("who asks?", "send a token", 401)
    return wire.ask(question, token)
