"""The demo shop on a real port."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from integration.sandbox.shop import Fault, SandboxShop


@pytest.fixture(scope="module")
def open_shop() -> Iterator[SandboxShop]:
    with SandboxShop() as shop:
        yield shop


@pytest.fixture
def caller(open_shop: SandboxShop) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {open_shop.token.get_secret_value()}"
        session.headers["bridge-contract"] = "1"
        yield session


def test_an_open_shop_answers_at_its_address(
    open_shop: SandboxShop, caller: requests.Session
) -> None:
    order_id = open_shop.place_order([("MUG", 1)])
    answer = caller.get(f"{open_shop.url}/orders/{order_id}", timeout=5)
    assert answer.status_code == 200
    assert answer.headers.get("server") is None


@pytest.mark.parametrize(
    ("kind", "completions"), [("commit_then_drop", 1), ("drop_before_commit", 0)]
)
def test_a_dropped_connection_gives_no_answer_whether_or_not_the_work_was_done(
    open_shop: SandboxShop, caller: requests.Session, kind: str, completions: int
) -> None:
    order_id = open_shop.place_order([("MUG", 1)])
    open_shop.faults.add(Fault(kind=kind))  # type: ignore[arg-type]  # parametrised by its name
    with pytest.raises(requests.ConnectionError):
        caller.post(f"{open_shop.url}/orders/{order_id}/complete", timeout=5)
    assert open_shop.books.completions[order_id] == completions
    assert open_shop.books.log[-1].status is None
    assert open_shop.books.log[-1].fault == kind


def test_a_late_answer_comes_after_the_work(
    open_shop: SandboxShop, caller: requests.Session
) -> None:
    order_id = open_shop.place_order([("MUG", 1)])
    open_shop.faults.add(Fault(kind="late", seconds=0.2))
    with pytest.raises(requests.ReadTimeout):
        caller.post(f"{open_shop.url}/orders/{order_id}/complete", timeout=0.1)
    assert open_shop.books.completions[order_id] == 1


def test_answers_take_as_long_as_asked_and_not_much_longer(
    open_shop: SandboxShop, caller: requests.Session
) -> None:
    open_shop.manners.answer_seconds = 0.02
    caller.get(f"{open_shop.url}/stock", timeout=5)
    open_shop.manners.answer_seconds = 0.0
    assert open_shop.books.log[-1].seconds >= 0.02
    answers = [caller.get(f"{open_shop.url}/stock", timeout=5) for _ in range(9)]
    # A socket that gathers small packets makes every answer wait 40 ms.
    assert sorted(answer.elapsed.total_seconds() for answer in answers)[4] < 0.03


def test_a_shop_opens_on_the_port_it_is_told_and_closes_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            SandboxShop().start(port)
    shop = SandboxShop().start(port)
    assert shop.url == f"http://127.0.0.1:{port}"
    shop.stop()
    shop.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = shop.url
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _stock_once_open(port: int, token: str) -> Any:
    """Ask for the stock, again while nobody listens yet."""
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(connect=12, backoff_factor=0.05)))
        session.headers.update({"authorization": f"Bearer {token}", "bridge-contract": "1"})
        return session.get(f"http://127.0.0.1:{port}/stock", timeout=5).json()


def test_a_shop_that_stays_open_is_closed_from_another_thread() -> None:
    shop, port = SandboxShop(), _free_port()
    keeper = threading.Thread(target=shop.serve, kwargs={"port": port})
    keeper.start()
    assert _stock_once_open(port, shop.token.get_secret_value())["items"] == []
    shop.stop()
    keeper.join(5)
    assert not keeper.is_alive()


@pytest.mark.process
def test_a_shop_in_a_process_of_its_own_ends_at_sigterm() -> None:
    port = _free_port()
    program = (
        "from pydantic import SecretStr\n"
        "from integration.sandbox.shop import new_secret, serve\n"
        f"serve('127.0.0.1', {port}, token=SecretStr('of-the-process'), secret=new_secret())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as shop:
        items = _stock_once_open(port, "of-the-process")["items"]
        shop.send_signal(signal.SIGTERM)
        assert shop.wait(10) in {0, -signal.SIGTERM}
    assert {"sku": "MUG-BLUE", "sellable": 36} in items


def test_a_product_picture_may_be_fetched_by_anybody(open_shop: SandboxShop) -> None:
    answer = requests.get(open_shop.picture_url("mug"), timeout=5)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_secrets_are_drawn_anew_and_never_shown() -> None:
    first, second = SandboxShop(), SandboxShop()
    assert first.token != second.token
    assert first.secret != second.secret
    assert first.secret.get_secret_value().startswith("whsec_")
    assert first.token.get_secret_value() not in repr(first.token)
