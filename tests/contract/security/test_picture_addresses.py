"""A product's picture address is the shop's word: it must not lead the bridge anywhere else.

The bridge stands inside a network, where a metadata service, a database's page or a printer may
answer whoever asks. It fetches pictures at the shop's own origin only and follows no redirect.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integration.http import fetch_picture
from integration.testing.open_doors import OpenGuard

PNG = b"\x89PNG\r\n\x1a\n picture"


class Neighbour(ThreadingHTTPServer):
    """A server beside the shop; it keeps what it is asked and may send people on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []
        self.sends_to: str | None = None
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Answers(BaseHTTPRequestHandler):
    server: Neighbour

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(302 if self.server.sends_to else 200)
        if self.server.sends_to:
            self.send_header("Location", self.server.sends_to)
        self.send_header("Content-Length", str(len(PNG)))
        self.end_headers()
        self.wfile.write(PNG)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[Neighbour]:
    server = Neighbour()
    yield server
    server.close()


@pytest.fixture
def inside() -> Iterator[Neighbour]:
    """What the bridge could reach and nobody outside can."""
    server = Neighbour()
    yield server
    server.close()


def fetch(url: str, shop: Neighbour) -> bytes | None:
    return fetch_picture(url, shop_url=shop.url, name="shop nl", guard=OpenGuard(), deadline=3.0)


def test_a_picture_at_the_shop_itself_is_fetched(shop: Neighbour) -> None:
    assert fetch(f"{shop.url}/mug.png?size=2", shop) == PNG
    assert shop.asked == ["/mug.png?size=2"]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{inside}/mug.png",
        "http://localhost:{inside}/mug.png",
        "http://localhost:{shop}/mug.png",
        "http://[::1]:{shop}/mug.png",
        "http://[::ffff:127.0.0.1]:{shop}/mug.png",
        "http://[::ffff:7f00:1]:{inside}/mug.png",
        "http://0x7f.1:{shop}/mug.png",
        "http://0x7f000001:{inside}/mug.png",
        "http://2130706433:{inside}/mug.png",
        "http://0177.0.0.1:{inside}/mug.png",
        "http://127.1:{inside}/mug.png",
        "http://127.0.0.1.:{inside}/mug.png",
        "http://0.0.0.0:{inside}/mug.png",
        "http://0:{inside}/mug.png",
        "http://127.0.0.2:{shop}/mug.png",
        "http://①②⑦.⓪.⓪.①:{inside}/mug.png",
        "http://127。0。0。1:{inside}/mug.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/mug.png",
        "http://192.168.1.1/mug.png",
        "http://172.16.0.1/mug.png",
        "http://127.0.0.1:{shop}@127.0.0.1:{inside}/mug.png",
        "http://shop@127.0.0.1:{shop}/mug.png",
        "http://shop:secret@127.0.0.1:{inside}/mug.png",
        "http://127.0.0.1:{inside}#@127.0.0.1:{shop}/mug.png",
        "http://127.0.0.1:{inside}\\@127.0.0.1:{shop}/mug.png",
        "http://127.0.0.1:{shop}.example.com/mug.png",
        "http://127.0.0.1/mug.png",
        "http://127.0.0.1:99999/mug.png",
        "http://127.0.0.1:abc/mug.png",
        "https://127.0.0.1:{shop}/mug.png",
        "ftp://127.0.0.1:{shop}/mug.png",
        "gopher://127.0.0.1:{inside}/_GET",
        "file:///etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "//127.0.0.1:{inside}/mug.png",
        "127.0.0.1:{shop}/mug.png",
        "http:///mug.png",
        "http://[::1/mug.png",
        "",
        "\x00",
        "http://\ud800/mug.png",
    ],
)
def test_an_address_elsewhere_is_refused_before_a_byte_is_sent(
    shop: Neighbour, inside: Neighbour, address: str
) -> None:
    url = address.replace("{shop}", str(shop.server_port))
    url = url.replace("{inside}", str(inside.server_port))

    assert fetch(url, shop) is None
    assert inside.asked == []
    assert shop.asked == []


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{inside}/mug.png", "//127.0.0.1:{inside}/mug.png", "/elsewhere.png"],
)
def test_a_redirect_is_not_followed(shop: Neighbour, inside: Neighbour, target: str) -> None:
    shop.sends_to = target.replace("{inside}", str(inside.server_port))

    assert fetch(f"{shop.url}/mug.png", shop) is None
    assert shop.asked == ["/mug.png"]
    assert inside.asked == []


@pytest.mark.parametrize(
    "path", ["/a\r\nX-Injected: yes", "/a\nb", "/a\tb", "/ä", "/%0d%0aHost:%20evil", "/\ud800"]
)
def test_no_address_adds_a_header_or_a_second_request(shop: Neighbour, path: str) -> None:
    fetch(f"{shop.url}{path}", shop)
    assert len(shop.asked) <= 1
    assert not any("\r" in asked or "\n" in asked for asked in shop.asked)
