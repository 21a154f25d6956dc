"""The way to a server: real servers with certificates that are good, ending, or not trusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration.http.reach import reach
from integration.ports import Reach, Silence
from tests.door_servers import DoorServer, answering, certificate, standing, wordless

ENDS = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[DoorServer]:
    """A server whose certificate ends soon."""
    with standing(answering(200), certificate(tmp_path, "127.0.0.1", ENDS)) as server:
        yield server


def untrusted(found: Reach | Silence) -> str:
    assert isinstance(found, Silence), found
    assert found.untrusted
    return found.why


def test_a_good_certificate_is_told_with_its_end_and_nothing_is_asked(
    secure: DoorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    assert reach(f"{secure.url}/api") == Reach(("127.0.0.1",), ENDS)
    assert secure.asked == []


def test_a_certificate_of_nobody_known_is_not_trusted(secure: DoorServer) -> None:
    assert "its certificate is not trusted" in untrusted(reach(secure.url))


def test_an_empty_folder_of_authorities_trusts_nobody(
    secure: DoorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder))
    untrusted(reach(secure.url))


@pytest.mark.parametrize(
    ("host", "ends", "words"),
    [
        ("127.0.0.1", datetime.now(UTC) - timedelta(days=1), "expired"),
        ("www.example.com", ENDS, "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_over_or_of_another_host_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, ends: datetime, words: str
) -> None:
    file = certificate(tmp_path, host, ends)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with standing(answering(200), file) as server:
        assert words in untrusted(reach(server.url))


def test_without_tls_only_the_name_is_looked_up() -> None:
    assert reach("http://127.0.0.1:9/api") == Reach(("127.0.0.1",), None)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://shop.invalid", "nobody knows that host name"),
        ("https://127.0.0.1:9", "nothing listens there"),
    ],
)
def test_a_way_that_ends_is_told(address: str, words: str) -> None:
    assert reach(address) == Silence(words)


def test_a_server_that_says_nothing_is_left_in_time() -> None:
    with wordless() as port:
        found = reach(f"https://127.0.0.1:{port}", seconds=0.2)
    assert isinstance(found, Silence)
    assert not found.untrusted


def test_behind_a_proxy_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert reach("https://shop.invalid") == Reach(proxy=True)
