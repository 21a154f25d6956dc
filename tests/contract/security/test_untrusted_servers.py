"""A server that cannot prove who it is gets no key, no order and no byte of a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from integration.errors import Unavailable
from integration.http import BearerAuth, HttpClient, forget_session
from integration.testing.open_doors import OpenGuard
from tests.door_servers import answering, standing

ROOT = Path(__file__).parents[3]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(autouse=True)
def own_session() -> Iterator[None]:
    """Each test reads the certificates of its own."""
    forget_session()
    yield
    forget_session()


def certificate(folder: Path, host: str, *, expired: bool = False) -> Path:
    """A server's certificate; ``authority.pem`` beside it is what one has to trust."""
    authority, file = trustme.CA(), folder / "server.pem"
    server = authority.issue_cert(host, not_after=YESTERDAY if expired else None)
    for part in (server.private_key_pem, *server.cert_chain_pems):
        part.write_to_path(file, append=True)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return file


def client(url: str) -> HttpClient:
    return HttpClient(
        name="shop nl", base_url=url, auth=BearerAuth(SecretStr("t0ken")), guard=OpenGuard()
    )


@pytest.mark.parametrize(
    ("host", "expired", "trusted"),
    [("127.0.0.1", False, False), ("127.0.0.1", True, True), ("shop.example.com", False, True)],
    ids=["self-signed", "expired", "of another host"],
)
def test_a_bad_certificate_is_refused_before_the_request_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, *, expired: bool, trusted: bool
) -> None:
    file = certificate(tmp_path, host, expired=expired)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with (
        standing(answering(200, b"{}"), file) as server,
        pytest.raises(Unavailable, match="certificate"),
    ):
        client(server.url).request("POST", "/orders", json={"id": "1042"})
    assert server.asked == []


def test_a_certificate_of_an_authority_of_ones_own_is_trusted_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with standing(answering(200, b"{}"), file) as server:
        assert client(server.url).request("GET", "/orders").data == {}
    assert server.asked == ["/orders"]


def test_nothing_switches_the_verification_off() -> None:
    sources = [*(ROOT / "integration").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    forbidden = ("verify=False", "CERT_NONE", "check_hostname = False", "_create_unverified")
    found = [
        f"{path.name}: {word}"
        for path in sources
        for word in forbidden
        if word in path.read_text("utf-8")
    ]
    assert len(sources) > 100
    assert found == []
