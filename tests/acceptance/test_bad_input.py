"""What the real door answers to bad input, and that nothing is written but what ought to be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping

import pytest
import requests

from tests.acceptance.installation import ACCOUNT, HOOK_SECRET, SHOP, Installation

pytestmark = pytest.mark.process

MIB = 1024 * 1024
PAID = json.dumps({"type": "order.paid", "data": {"id": "1001"}}).encode()
TRACES = ("Traceback", 'File "', "sqlalchemy", "/work", "site-packages")


@pytest.fixture
def calm(installation: Installation) -> Installation:
    """Nothing is under way, so that every row that appears is ours."""
    installation.wait_until_at_rest()
    return installation


def signed_by_picqer(body: bytes) -> dict[str, str]:
    digest = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).digest()
    return {"X-Picqer-Signature": base64.b64encode(digest).decode()}


def post(
    installation: Installation,
    path: str,
    body: bytes | Iterator[bytes],
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    url = f"{installation.door}/webhooks/{path}"
    answer = requests.post(url, data=body, headers=headers, timeout=30)
    assert not any(trace in answer.text for trace in TRACES)
    return answer


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-timestamp": "1"},
        {"webhook-id": "msg_2"},
        {"webhook-signature": "\u00e9"},
    ],
)
def test_a_wrong_signature_of_the_shop_is_401_and_writes_nothing(
    calm: Installation, wrong: Mapping[str, str]
) -> None:
    before = calm.oracle.rows()
    headers = {**calm.sign(PAID.decode()), **wrong} if wrong else {}

    assert post(calm, f"shops/{SHOP}", PAID, headers).status_code == 401
    assert calm.oracle.rows() == before


@pytest.mark.parametrize("signature", [None, "AAAA", "not base64 at all"])
def test_a_wrong_signature_of_picqer_is_401_and_writes_nothing(
    calm: Installation, signature: str | None
) -> None:
    before = calm.oracle.rows()
    headers = {} if signature is None else {"X-Picqer-Signature": signature}

    assert post(calm, f"picqer/{ACCOUNT}", b"{}", headers).status_code == 401
    assert calm.oracle.rows() == before


def test_an_event_signed_six_minutes_ago_is_401(calm: Installation) -> None:
    before = calm.oracle.rows()

    assert post(calm, f"shops/{SHOP}", PAID, calm.sign(PAID.decode(), age=360)).status_code == 401
    assert calm.oracle.rows() == before


def test_a_body_over_one_mebibyte_is_413_whether_announced_or_not(calm: Installation) -> None:
    before = calm.oracle.rows()
    body = b" " * MIB + PAID
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))

    assert post(calm, f"shops/{SHOP}", body, calm.sign(body.decode())).status_code == 413
    assert post(calm, f"shops/{SHOP}", pieces, calm.sign(body.decode())).status_code == 413
    assert calm.oracle.rows() == before


@pytest.mark.parametrize("path", ["shops/be", "picqer/second", "shops/NL"])
def test_an_unknown_shop_or_account_is_404_and_writes_nothing(
    calm: Installation, path: str
) -> None:
    before = calm.oracle.rows()

    assert post(calm, path, PAID, calm.sign(PAID.decode())).status_code == 404
    assert calm.oracle.rows() == before


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"[]",
        b"[" * 100_000,
        b'{"type": "order.paid"}',
        b'{"type": "order.paid", "data": {"id": 1001}}',
        json.dumps({"type": "order.paid", "data": {"id": "7" * 300}}).encode(),
    ],
)
def test_signed_but_unreadable_is_200_and_one_parked_delivery(
    calm: Installation, body: bytes
) -> None:
    before = calm.oracle.rows()

    assert post(calm, f"shops/{SHOP}", body, calm.sign(body.decode())).status_code == 200
    assert post(calm, f"shops/{SHOP}", body, calm.sign(body.decode())).status_code == 200

    assert calm.oracle.rows() == {**before, "deliveries": before["deliveries"] + 1}
    delivery = calm.oracle.last_delivery()
    assert (delivery.state, delivery.body, delivery.copies) == ("parked", body, 1)
    assert delivery.reason


def test_signed_by_picqer_but_unreadable_is_200_and_one_parked_delivery(
    calm: Installation,
) -> None:
    before = calm.oracle.rows()
    body = b'{"idhook": 1, "event": "picklists.closed", "data": 7}'

    answer = post(calm, f"picqer/{ACCOUNT}", body, signed_by_picqer(body))

    assert answer.status_code == 200
    assert calm.oracle.rows() == {**before, "deliveries": before["deliveries"] + 1}
    assert calm.oracle.last_delivery().state == "parked"


def test_an_event_that_concerns_no_flow_is_200_and_ignored_with_its_reason(
    calm: Installation,
) -> None:
    before = calm.oracle.rows()
    body = b'{"type": "review.written", "data": {"id": "1"}}'

    assert post(calm, f"shops/{SHOP}", body, calm.sign(body.decode())).status_code == 200

    assert calm.oracle.rows() == {**before, "deliveries": before["deliveries"] + 1}
    delivery = calm.oracle.last_delivery()
    assert (delivery.state, bool(delivery.reason)) == ("ignored", True)


def test_no_bad_input_left_a_trace_in_the_log_of_the_door(calm: Installation) -> None:
    assert "Traceback" not in calm.logs()["web"]
    assert calm.oracle.next_steps() == []
