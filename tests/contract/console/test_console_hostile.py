"""What shops, Picqer and senders of webhooks may write: none of it becomes a part of a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from integration import operate
from integration.domain import FreeStock
from integration.errors import Refused
from integration.jobs import Delivery, Flow
from integration.ports import ShownStock
from integration.web.console.masking import MASK, masked, readable
from tests.contract.console.seeded import Seeded
from tests.contract.console.visitor import Visitor
from tests.flows.world import line

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</td></tr></table><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<!--<script>-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '" autofocus onfocus="alert(1)',
    "\u202egnp.exe<b>",
    "]]><style>*{display:none}</style>",
    "<base href=//evil.example>",
    "<form action=//evil.example><button>",
    "%3Cscript%3Ealert(1)%3C/script%3E",
)


class Parts(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            is_script = name.startswith("on") or name in {"style", "autofocus"}
            is_away = name in ("href", "src", "action") and not (value or "").startswith(("/", "#"))
            if is_script or is_away:
                self.found.append(f"{tag} {name}={value}")
        if tag in ("script", "style", "base", "iframe", "object", "embed", "b"):
            sources = dict(attrs).get("src") or ""
            if not sources.startswith("/static/"):
                self.found.append(tag)


def plant(seeded: Seeded, hostile: str, number: int) -> list[str]:
    """Put it wherever somebody outside, or a colleague, can write; returns the pages of it."""
    world, services = seeded.world, seeded.services
    world.order(f"66{number}", number=hostile, lines=(line(hostile),), currency="USD")
    job = world.run_order(f"66{number}").job
    world.picqer.fail("create_order", Refused(f"Picqer said: {hostile}"))
    world.order(f"77{number}")
    refused = world.run_order(f"77{number}").job
    services.stock.observe("main", FreeStock(hostile, {18: 1}, world.picqer.books.stamp()))
    services.stock.shows("nl", [ShownStock(hostile, 9, hostile)])
    services.stock.mark(world.policy, [hostile])
    operate.note(services, job.id, f"{hostile} (console)", hostile)
    services.gate.pause(list(Flow)[number % 5], "nl", hostile)
    body = json.dumps({"id": hostile, hostile: hostile, "name": hostile}).encode()
    headers = {"user-agent": hostile}
    delivery, _ = services.inbox.add(Delivery("shops/nl", headers, body), "parked", hostile)
    world.picqer.create_hook(hostile, hostile, hostile, "secret")
    world.hint(Flow.CREATE_ORDER, hostile)
    return [
        "/", "/orders", "/jobs", "/parked", "/deliveries", "/stock", "/pauses", "/audit",
        f"/order?number=66{number}", f"/jobs/{job.id}", f"/jobs/{refused.id}",
        f"/deliveries/{delivery}",
        f"/acts/plan?act=retry&id={job.id}",
    ]  # fmt: skip


def test_nothing_hostile_becomes_a_part_of_a_page(operator: Visitor, seeded: Seeded) -> None:
    places = {place for number, text in enumerate(HOSTILE) for place in plant(seeded, text, number)}
    pages = [operator.get(place) for place in sorted(places)]
    assert {page.status_code for page in pages} == {200}
    pages.append(operator.post("/hooks"))
    delivery = seeded.services.inbox.find(limit=1)[0].id
    pages.append(operator.post(f"/deliveries/{delivery}/reveal"))
    assert [found for page in pages for found in Parts(page.text).found] == []
    assert sum("7777" in page.text or "49$" in page.text for page in pages) == 0


@pytest.mark.parametrize("path", ["/jobs", "/orders", "/parked", "/stock", "/audit", "/sign-in"])
def test_nothing_hostile_in_an_address_becomes_a_part_of_a_page(here: Visitor, path: str) -> None:
    names = ("text", "shop", "code", "reason", "productcode", "next", "said", "number", "page")
    for hostile in HOSTILE:
        query = "&".join(f"{name}={quote(hostile)}" for name in names)
        assert Parts(here.get(f"{path}?{query}").text).found == []


def test_masking_keeps_what_one_looks_for() -> None:
    body = {"id": 77, "status": "processing", "lines": [{"sku": "MUG-BLUE", "quantity": 2}]}
    assert json.loads(masked(json.dumps(body).encode())) == body


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Canary"},
        {"billing": {"id": "Canary", "country": "Canary", "number": "Canary"}},
        {"customer": {"id": "Canary", "orders": [{"id": "Canary"}]}},
        {"shipping_address": ["Canary"]},
        {"customer_id": {"name": "Canary"}},
        {"meta_data": [{"id": 1, "key": "x", "value": "Canary"}]},
        {"anything_nobody_thought_of": "Canary"},
        {"canary@Canary.example": 1},
        {"status": "a sentence with Canary, in it"},
        {"id": "Canary@example.org"},
        "Canary",
        ["Canary"],
    ],
)
def test_masking_shows_only_what_is_known_to_be_harmless(body: object) -> None:
    shown = masked(json.dumps(body).encode())
    assert "Canary" not in shown
    assert MASK in shown


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"name=Canary",
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5000 + b"}",
        b"\xff\xfe\x00",
        b'{"id": "\\ud800"}',
        json.dumps([[{"id": 1}] * 100] * 100).encode(),
        json.dumps({"lines": [{"id": 1, "name": "Canary"}] * 5000}).encode(),
    ],
)
def test_any_body_can_be_shown_within_bounds(body: bytes) -> None:
    shown = masked(body)
    assert "Canary" not in shown
    assert len(shown) < 200_000
    shown.encode()
    readable(body).encode()


def test_no_page_keeps_what_a_person_typed_as_a_password(here: Visitor) -> None:
    page = here.get("/sign-in?password=hunter22hunter22")
    assert not re.search("hunter22", page.text)
