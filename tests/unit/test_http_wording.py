"""What is repeated of another server's words, and what its headers say."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from integration.http import BasicAuth, NoAuth, read_error_body, without_personal_data
from integration.http.repeated import without_what_was_sent
from integration.http.wording import host_of, instant_of, retry_after

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Product not found", "Product not found"),
        ('Invalid name "A. Jansen" given', "Invalid name …"),
        ("Invalid name 'A. Jansen'", "Invalid name …"),
        ("It can't be done", "It can't be done"),
        ("No customer a.jansen@example.org here", "No customer … here"),
        ("Call 06 1234 5678 first", "Call … first"),
        ("Nobody at 1234 AB", "Nobody at …"),
        ("Order 1042 is closed", "Order 1042 is closed"),
        ("two\nlines\t", "two lines"),
    ],
)
def test_what_a_server_repeats_of_a_person_is_left_out(said: str, kept: str) -> None:
    assert without_personal_data(said) == kept


@given(st.text(max_size=2000))
def test_any_text_becomes_one_short_printable_line(said: str) -> None:
    kept = without_personal_data(said)
    assert len(kept) <= 200
    assert all(letter.isprintable() for letter in kept)


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    st.text(max_size=30),
)
def test_no_e_mail_address_comes_through(user: str, before: str) -> None:
    address = f"{user}@example.org"
    assert address not in without_personal_data(f"{before} {address}")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "no such sku"}, "«no such sku»"),
        ({"error": True, "error_message": "Item not found"}, "«Item not found»"),
        ({"code": "x", "message": "Sorry"}, "«Sorry»"),
        ({"title": "Bad", "errors": {"zip": ["is empty"]}}, "«Bad; zip: is empty»"),
        ({"errors": {"name": "is 'Jansen'"}}, "«name: is …»"),
        ([], ""),
        (None, ""),
        ({"message": 7}, ""),
    ],
)
def test_the_message_is_found_where_servers_put_it(body: object, message: str) -> None:
    assert read_error_body(body).message == message


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("999999", 3600.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOON) == seconds


def test_a_date_without_our_answers_date_says_nothing() -> None:
    assert retry_after("Mon, 23 Nov 2026 12:00:30 GMT", None) is None


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 99 Foo 2026 25:61:00 GMT", None])
def test_an_unreadable_date_is_none(header: str | None) -> None:
    assert instant_of(header) is None


def test_a_redirect_is_named_by_its_host_only() -> None:
    assert host_of("https://other.example.com/secret?token=1") == "other.example.com"
    assert host_of("/login?user=a@example.org") == "another path of the same host"
    assert host_of("http://[broken") == "an unreadable address"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Customer Anneke van Zwanenburg is unknown", "Customer … is unknown"),
        ("No street in ZWANENBURG", "No street in …"),
        ("The key k3y-of-the-tests is not valid", "The key … is not valid"),
        ("There is no product MUG-BLUE", "There is no product MUG-BLUE"),
        ("", ""),
    ],
)
def test_what_was_sent_of_a_person_is_not_repeated_though_nothing_marks_it(
    said: str, kept: str
) -> None:
    sent = {
        "deliveryname": "Anneke van  Zwanenburg",
        "products": [{"productcode": "MUG-BLUE"}],
        "invoice_address": {"town": ["NL", "Zwanenburg"]},
    }
    auth = BasicAuth(SecretStr("k3y-of-the-tests"), SecretStr("X"))
    assert without_what_was_sent(said, json.dumps(sent).encode(), auth) == kept


def test_a_request_without_a_body_and_a_key_has_nothing_to_be_left_out() -> None:
    assert without_what_was_sent("Order 1042 is closed", None, NoAuth()) == "Order 1042 is closed"
