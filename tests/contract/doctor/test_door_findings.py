"""What the doctor says of the door: the real one, and what else may stand in its place."""

from __future__ import annotations

import json
import socket

import pytest

from integration.doctor.door import door_findings
from integration.http.look import look
from integration.ports import Finding, Look, Sight, Silence, Verdict
from integration.store.database import Database
from integration.testing.clock import HandClock
from tests.door_servers import Behaviour, answering, dripping, real_door, standing
from tests.flows.world import World

PUBLIC = "https://bridge.example.com"
PATH = "/webhooks/shops/nl"
HTML = "text/html; charset=utf-8"
JSON = "application/json"


def found_where(behave: Behaviour) -> Finding:
    """What is found when this stands on the loopback instead of the door."""
    with standing(behave) as server:
        trial, finding = door_findings("nl", server.url + PATH, quick_look)
    assert trial.verdict is Verdict.WARN
    assert finding.check == "door reachable"
    assert server.url + PATH in finding.sentence
    return finding


def quick_look(address: str) -> Sight | Silence:
    return look(address, deadline=1)


def seeing(status: int, **facts: str) -> Look:
    """What a public address shows: no server of a test can have one."""
    return lambda _: Sight(status, b"", **facts)


def found_at_public(look_there: Look, public: str = PUBLIC) -> Finding:
    (finding,) = door_findings("nl", public + PATH, look_there)
    return finding


def test_the_door_itself_is_well(memory_database: Database, clock: HandClock) -> None:
    with real_door(World(memory_database, clock).services) as url:
        trial, finding = door_findings("nl", url + PATH, look)
    assert (finding.verdict, finding.fix) == (Verdict.OK, None)
    assert finding.sentence == f"The door answers at {url}{PATH}."
    assert trial.verdict is Verdict.WARN
    assert "this machine itself" in trial.sentence


def test_a_door_that_reads_other_settings_is_told_from_a_stranger(
    memory_database: Database, clock: HandClock
) -> None:
    with real_door(World(memory_database, clock).services) as url:
        _, finding = door_findings("be", f"{url}/webhooks/shops/be", look)
    assert finding.verdict is Verdict.FAIL
    assert "knows no shop be" in finding.sentence
    assert "Restart the web process" in (finding.fix or "")


def test_the_door_of_another_shop_is_told(memory_database: Database, clock: HandClock) -> None:
    body = json.dumps({"door": "shops/be", "takes": "signed webhooks, by POST"}).encode()
    finding = found_where(answering(200, body, content_type=JSON))
    assert finding.verdict is Verdict.FAIL
    assert "leads to the door of shops/be and not to that of shops/nl" in finding.sentence


def test_without_a_public_url_nobody_is_asked() -> None:
    def nobody(_: str) -> Sight:
        raise AssertionError("nobody is to be asked")

    (finding,) = door_findings("nl", None, nobody)
    assert (finding.check, finding.verdict) == ("door address", Verdict.FAIL)
    assert "public_url is not set" in finding.sentence


def test_a_public_address_that_is_well_needs_nothing() -> None:
    good = Sight(200, b'{"door": "shops/nl"}', content_type=JSON)
    assert found_at_public(lambda _: good).verdict is Verdict.OK


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_loses_everything_and_the_fix_names_the_right_address(status: int) -> None:
    finding = found_where(answering(status, location=f"https://www.example.com{PATH}"))
    assert finding.verdict is Verdict.FAIL
    assert f"redirect ({status}) to https://www.example.com{PATH}." in finding.sentence
    assert "do not follow redirects" in finding.sentence
    assert "lost silently" in finding.sentence
    assert (finding.fix or "").startswith("Set public_url to https://www.example.com and ")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (f"https://user:word@www.example.com{PATH}?token=abc#x", f"www.example.com{PATH}."),
        (f"{PATH}/", f"{PUBLIC}{PATH}/."),
        ("/login?back=/webhooks", f"{PUBLIC}/login."),
        (f"http://bridge.example.com{PATH}", f"http://bridge.example.com{PATH}."),
        (f"{PUBLIC}{PATH}", f"{PUBLIC}{PATH}."),
        ("", "without saying where to."),
        ("https://[broken", "without saying where to."),
    ],
)
def test_a_redirect_that_no_public_url_would_avoid_is_the_proxys(location: str, shown: str) -> None:
    finding = found_at_public(seeing(302, location=location))
    assert shown in finding.sentence
    assert "token" not in finding.sentence
    assert "word" not in finding.sentence
    assert finding.fix == "Let the proxy pass /webhooks/ on to the web process without a redirect."


def test_a_redirect_within_a_folder_keeps_the_folder() -> None:
    there = seeing(308, location=f"https://shop.example.com/bridge{PATH}")
    finding = found_at_public(there, "https://shop.example.com/Bridge")
    assert "Set public_url to https://shop.example.com/bridge and" in (finding.fix or "")


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (answering(404, b"<p>", content_type=HTML), "404 and an HTML page of nginx, not by"),
        (answering(404, b'{"error": "no"}', content_type=JSON), "404 and a JSON document of nginx"),
        (answering(200, b"<p>Welcome", content_type=HTML), "200 and an HTML page of nginx"),
        (answering(200, b'["door"]', content_type=JSON), "200 and a JSON document of nginx"),
        (answering(200, b"[" * 9000, content_type=JSON), "200 and a JSON document of nginx"),
        (answering(200, b'{"door": 1}', content_type=JSON), "200 and a JSON document of nginx"),
        (answering(410, b"", content_type="a/b"), "410 and an answer of type a/b of nginx"),
        (answering(204), "204 and an answer of nginx"),
        (dripping, "200 and an unfinished answer of nginx"),
    ],
)
def test_a_stranger_in_the_place_of_the_door_is_described(behave: Behaviour, said: str) -> None:
    finding = found_where(behave)
    assert finding.verdict is Verdict.FAIL
    assert said in finding.sentence
    assert "Let the proxy pass /webhooks/" in (finding.fix or "")


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_before_the_door_is_named(status: int) -> None:
    finding = found_where(answering(status, content_type=HTML))
    assert finding.verdict is Verdict.FAIL
    assert "without a login" in (finding.fix or "")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_proxy_without_a_door_behind_it_is_told(status: int) -> None:
    finding = found_where(answering(status, b"<p>", content_type=HTML))
    assert finding.verdict is Verdict.FAIL
    assert f"{status} and an HTML page of nginx: the door is not there" in finding.sentence
    assert "web process runs" in (finding.fix or "")


def test_nothing_at_the_address_is_told_with_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    _, finding = door_findings("nl", url + PATH, look)
    assert finding.verdict is Verdict.FAIL
    assert finding.sentence.endswith(f"{url}{PATH}, because nothing listens there.")
    assert "the web process" in (finding.fix or "")


def test_a_certificate_that_is_not_trusted_is_the_proxys_to_mend() -> None:
    untrusted = Silence("its certificate is not trusted: certificate has expired", untrusted=True)
    finding = found_at_public(lambda _: untrusted)
    assert "certificate has expired" in finding.sentence
    assert "with its whole chain" in (finding.fix or "")


def test_what_a_stranger_says_is_bounded_and_on_one_line() -> None:
    finding = found_at_public(seeing(404, server="\x1b[2J" + "x" * 5000))
    assert finding.sentence.isprintable()
    assert len(finding.sentence) < 400
