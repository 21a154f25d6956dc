"""The oracle complains of too many requests, of doubled mail, and of people's names anywhere."""

from __future__ import annotations

import base64
import gzip
import json
import smtplib
from email.message import EmailMessage
from typing import cast

import redis
import requests

from integration.sandbox.picqer import SandboxPicqer
from tests.acceptance.installation import Running
from tests.acceptance.mail_sink import MailSink
from tests.acceptance.secrets_kept import canaries, leaks, leaks_of
from tests.acceptance.sentry_sink import SentrySink
from tests.contract.oracle.conftest import Witnessed
from workers.chaos.leaks import everything_in

KEY = "spoilt-key"


def test_a_429_and_a_minute_with_too_many_requests_are_told(witnessed: Witnessed) -> None:
    with SandboxPicqer(api_key=KEY, limit=2) as picqer:
        witnessed.oracle._picqer = picqer
        ask(picqer)
        ask(picqer)
        assert witnessed.oracle.rate(2) == []
        ask(picqer)
        complaints = witnessed.oracle.rate(2)
    assert "3 requests in a minute of at most 2" in complaints
    assert "1 requests were answered 429" in complaints


def ask(picqer: SandboxPicqer) -> None:
    headers = {"User-Agent": "test (ops@example.com)"}
    url = f"{picqer.url}/api/v1/users/me"
    requests.get(url, auth=(KEY, "X"), headers=headers, timeout=5)


def test_a_mail_that_goes_out_twice_is_told_without_naming_anybody() -> None:
    letter = EmailMessage()
    letter["Subject"], letter["Message-ID"] = "On its way", "<shipped.1@example.com>"
    letter.set_content("It is on its way.")
    with MailSink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as server:
        server.send_message(letter, "orders@example.com", ["canary@example.org"])
        assert sink.doubled() == []
        server.send_message(letter, "orders@example.com", ["canary@example.org"])
    assert sink.doubled() == ["mail <shipped.1@example.com> went out 2 times"]


def test_names_and_addresses_of_an_order_are_canaries(witnessed: Witnessed) -> None:
    witnessed.shop.place_order([("MUG-BLUE", 1)], name="Canary Name", email="canary@example.org")
    found = canaries(witnessed.shop, ["a-secret-key"])
    assert {"Canary Name", "canary@example.org", "a-secret-key"} <= found


def test_a_name_in_a_text_is_told_in_part_whatever_its_capitals() -> None:
    assert leaks("web.log", "order of CANARY NAME", {"Canary Name"}) == ["web.log: Can..."]
    assert leaks("web.log", "order 1001", {"Canary Name"}) == []


def test_a_name_in_a_message_of_redis_is_found_although_it_is_encoded(valkey_url: str) -> None:
    body = base64.b64encode(json.dumps([["Canary Name"], {}]).encode()).decode()
    with redis.Redis.from_url(valkey_url) as client:
        client.lpush("oracle:messages", json.dumps({"body": body}))
        client.hset("oracle:unacked", "1", json.dumps([{"body": body}, "", ""]))
        text = everything_in(client)
        client.delete("oracle:messages", "oracle:unacked")
    assert text.count("Canary Name") == 2


class Telling:
    """An installation that tells this everywhere it can."""

    def __init__(self, told: str, valkey_url: str) -> None:
        self._told, self._url = told, valkey_url

    def logs(self) -> dict[str, str]:
        return {"worker": self._told}

    def metrics(self) -> str:
        return f'bridge_jobs{{reason="{self._told}"}} 1'

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self._url)


def test_a_name_is_found_wherever_an_installation_may_tell_it(valkey_url: str) -> None:
    with SentrySink() as sink, redis.Redis.from_url(valkey_url) as client:
        sink.envelopes.append("order of Canary Name")
        client.set("oracle:told", "Canary Name")
        told = leaks_of(cast("Running", Telling("Canary Name", valkey_url)), sink, {"Canary Name"})
        quiet = leaks_of(cast("Running", Telling("1001", valkey_url)), sink, {"Somebody"})
        client.delete("oracle:told")
    assert sorted(told) == [f"{one}: Can..." for one in ("metrics", "redis", "sentry", "worker")]
    assert quiet == []


def test_what_is_told_to_sentry_is_kept_in_the_clear() -> None:
    with SentrySink() as sink:
        url = sink.dsn.replace("public@", "").removesuffix("/1") + "/api/1/envelope/"
        body = gzip.compress(b'{"message": "order of Canary Name"}')
        requests.post(url, data=body, headers={"Content-Encoding": "gzip"}, timeout=5)
    assert leaks("sentry", "\n".join(sink.envelopes), {"Canary Name"}) == ["sentry: Can..."]
