"""Whatever is not exactly the sender's signature over exactly these bytes is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.security.senders import NEW, OLD, SENDERS, STRANGE, Sender, is_text, standard

BODY = b'{"id": 1042, "event": "picklists.closed", "type": "order.paid", "data": {"id": "1042"}}'
BY_NAME = {sender.name: sender for sender in SENDERS}


def prefix_and_code(value: str) -> tuple[str, str]:
    """The version mark of Standard Webhooks, and the base64 of the signature."""
    mark, comma, code = value.rpartition(",")
    return mark + comma, code


def coded(change: Callable[[str], str]) -> Callable[[str], str]:
    """A mutant that changes the base64 text and leaves the mark before it."""

    def mutate(value: str) -> str:
        mark, code = prefix_and_code(value)
        return mark + change(code)

    return mutate


def raw(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """A mutant of the signature's bytes."""
    return coded(lambda code: base64.b64encode(change(base64.b64decode(code))).decode())


MUTANTS: dict[str, Callable[[str], str]] = {
    "nothing": lambda _value: "",
    "only the mark": lambda value: prefix_and_code(value)[0],
    "its first bit flipped": raw(lambda code: bytes([code[0] ^ 0x80]) + code[1:]),
    "its last bit flipped": raw(lambda code: code[:-1] + bytes([code[-1] ^ 1])),
    "all bits flipped": raw(lambda code: bytes(byte ^ 0xFF for byte in code)),
    "a byte shorter": raw(lambda code: code[:-1]),
    "a byte longer": raw(lambda code: code + b"\0"),
    "twice the bytes": raw(lambda code: code + code),
    "its bytes in reverse": raw(lambda code: code[::-1]),
    "nothing but zeros": raw(lambda code: bytes(len(code))),
    "half of it": raw(lambda code: code[: len(code) // 2]),
    "in hexadecimal": coded(lambda code: base64.b64decode(code).hex()),
    "with the name of its algorithm": coded(lambda code: f"sha256={code}"),
    "in the alphabet of addresses": coded(
        lambda code: base64.urlsafe_b64encode(base64.b64decode(code)[::-1]).decode()
    ),
    "in lower case": coded(str.lower),
    "without its first character": coded(lambda code: code[1:]),
    "without its last letters": coded(lambda code: code[:-4]),
    "of another alphabet": coded(lambda code: "é" * len(code)),
    "in full-width letters": coded(lambda code: "".join(chr(0xFEE0 + ord(c)) for c in code)),
    "with a NUL": coded(lambda code: code[:8] + "\0" + code[8:]),
    "a number": lambda _value: "0",
    "the word true": lambda _value: "true",
    "a list": lambda value: f"[{value}]",
    "much too long": coded(lambda code: code[:1] * 100_000),
}


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_changed_signature_is_refused(sender: Sender, mutant: str) -> None:
    headers = sender.sign(BODY, OLD)
    assert sender.verify(sender.delivery(BODY, headers))

    headers[sender.header] = MUTANTS[mutant](headers[sender.header])

    assert not sender.verify(sender.delivery(BODY, headers))


@pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)
class TestEverySender:
    def test_both_secrets_are_good_while_one_replaces_the_other(self, sender: Sender) -> None:
        for secret in (OLD, NEW):
            assert sender.verify(sender.delivery(BODY, sender.sign(BODY, secret)))

    def test_a_strangers_secret_is_refused(self, sender: Sender) -> None:
        assert not sender.verify(sender.delivery(BODY, sender.sign(BODY, STRANGE)))

    def test_the_signature_of_another_body_is_refused(self, sender: Sender) -> None:
        headers = sender.sign(BODY.replace(b"1042", b"1043"), OLD)
        assert not sender.verify(sender.delivery(BODY, headers))

    def test_bytes_after_the_signed_ones_are_refused(self, sender: Sender) -> None:
        headers = sender.sign(BODY, OLD)
        for longer in (BODY + b" ", BODY + b"\n", BODY + b"\0", b" " + BODY, BODY + BODY):
            assert not sender.verify(sender.delivery(longer, headers))

    def test_a_missing_header_is_refused(self, sender: Sender) -> None:
        headers = sender.sign(BODY, OLD)
        del headers[sender.header]
        assert not sender.verify(sender.delivery(BODY, headers))

    def test_the_header_of_another_sender_is_no_signature(self, sender: Sender) -> None:
        for other in SENDERS:
            if other.header != sender.header:
                headers = other.sign(BODY, OLD)
                assert not sender.verify(sender.delivery(BODY, headers))

    @given(body=st.binary(max_size=300), other=st.binary(max_size=300))
    def test_only_the_very_bytes_pass(self, sender: Sender, body: bytes, other: bytes) -> None:
        headers = sender.sign(body, NEW)
        if is_text(body) or sender.name != "custom":
            assert sender.verify(sender.delivery(body, headers))
        assert sender.verify(sender.delivery(other, headers)) == (
            other == body and (is_text(body) or sender.name != "custom")
        )


@pytest.mark.parametrize("minutes", [-60 * 24 * 365, -60, -6, 6, 60])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    custom = BY_NAME["custom"]
    assert not custom.verify(custom.delivery(BODY, standard(BODY, OLD, at)))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1e999", "9" * 5000, "NaN", "½", "msg_2"])
def test_a_changed_id_or_timestamp_is_refused(name: str, value: str) -> None:
    custom = BY_NAME["custom"]
    headers = {**custom.sign(BODY, OLD), name: value}
    assert not custom.verify(custom.delivery(BODY, headers))
