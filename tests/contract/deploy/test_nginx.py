"""The example for nginx, in a real nginx before a door: what it lets through, and what not."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.nginx_proxy import HOST, Proxy, needs_nginx, proxy_before

SIGNED = {"Host": HOST, "X-Picqer-Signature": "c2lnbmF0dXJl"}
UNSIGNED = {"Host": HOST}

pytestmark = [pytest.mark.process, needs_nginx]


class Door(BaseHTTPRequestHandler):
    """Answers everything with 200 and what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.path)))
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    door = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    with proxy_before(tmp_path_factory.mktemp("nginx"), [int(door.server_address[1])]) as made:
        yield made
    door.shutdown()
    door.server_close()


def test_nginx_finds_no_fault_in_it(proxy: Proxy) -> None:
    tested = subprocess.run(proxy.command("-t"), capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr


def test_deliveries_and_health_are_let_through_over_tls(proxy: Proxy) -> None:
    for method, path in (("POST", "/webhooks/picqer/main"), ("GET", "/health/ready")):
        answer = proxy.ask(method, path, SIGNED, b"{}")
        assert (answer.status_code, answer.text) == (200, path)
        assert answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("path", ["/metrics", "/", "/login", "/orders", "/webhooks/../metrics"])
def test_metrics_and_the_console_are_not_there_from_outside(proxy: Proxy, path: str) -> None:
    assert proxy.ask("GET", path, SIGNED).status_code == 404


def test_without_tls_a_visitor_is_sent_where_tls_is(proxy: Proxy) -> None:
    answer = requests.get(
        f"http://127.0.0.1:{proxy.http}/webhooks/picqer/main",
        headers=UNSIGNED,
        allow_redirects=False,
        timeout=20,
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://{HOST}/webhooks/picqer/main"


def test_a_body_of_more_than_a_mebibyte_is_refused(proxy: Proxy) -> None:
    body = b"x" * (1024 * 1024)
    assert proxy.ask("POST", "/webhooks/picqer/main", SIGNED, body).status_code == 200
    assert proxy.ask("POST", "/webhooks/picqer/main", SIGNED, body + b"x").status_code == 413


def test_whoever_sends_without_a_signature_is_slowed_down_and_others_are_not(proxy: Proxy) -> None:
    path = "/webhooks/picqer/main"
    unsigned = [proxy.ask("POST", path, UNSIGNED).status_code for _ in range(30)]
    signed = [proxy.ask("POST", path, SIGNED).status_code for _ in range(30)]
    assert unsigned[0] == 200
    assert unsigned.count(429) >= 10
    assert set(signed) == {200}


def test_whoever_drips_headers_is_cut_off(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=str(proxy.authority))
    with (
        socket.create_connection(("127.0.0.1", proxy.https), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as slow,
    ):
        slow.sendall(b"POST /webhooks/picqer/main HTTP/1.1\r\nHost: bridge.example.com\r\n")
        assert slow.recv(100) == b""
