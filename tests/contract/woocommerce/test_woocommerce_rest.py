"""Talking to WooCommerce's REST API: who we are, and what its refusals mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from requests import Request, Session

from integration.clock import SystemClock
from integration.errors import (
    Ambiguous,
    BridgeError,
    LockedOut,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from integration.http import BasicAuth
from integration.testing.open_doors import OpenGuard
from integration.webshops.woocommerce.keys import KeyInQuery, auth_of
from integration.webshops.woocommerce.rest import NoRoute, ShopRest, WrongParameter
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.woocommerce.conftest import Client, Settings
from tests.woocommerce.faults import Fault
from tests.woocommerce.server import WooCommerceServer
from tests.woocommerce.signing import ApiKey

PNG = b"\x89PNG\r\n\x1a\n picture"
JSON = "application/json; charset=UTF-8"


def error_of(rest: ShopRest, method: str = "GET", path: str = "/orders/11") -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        rest.send(method, path, body={} if method != "GET" else None)
    return caught.value


# --- who we are -----------------------------------------------------------------------------------


def test_over_plain_http_requests_are_signed_and_no_secret_goes_along(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    assert rest.rows("/orders", {"modified_after": "2026-11-23T00:00:00", "status": "any"}) == []
    (asked,) = shop.asked()
    assert asked.query["oauth_signature_method"] == "HMAC-SHA256"
    assert shop.key.consumer_secret not in str(asked)


def test_over_https_the_key_goes_along_as_basic(settings_of: Settings) -> None:
    assert isinstance(auth_of(settings_of(url="https://shop.example.com")), BasicAuth)


def test_the_key_may_go_along_in_the_address(settings_of: Settings) -> None:
    auth = auth_of(settings_of(url="https://shop.example.com", key_in_query=True))
    assert isinstance(auth, KeyInQuery)
    request = Request("GET", "https://shop.example.com/x", params={"a": "1"}, auth=auth)
    prepared = Session().prepare_request(request)
    assert str(prepared.url).startswith("https://shop.example.com/x?a=1&consumer_key=ck_")
    assert "Authorization" not in prepared.headers


@pytest.fixture
def open_shop() -> Iterator[WooCommerceServer]:
    with WooCommerceServer(basic_allowed=True) as server:
        yield server


def test_a_shop_takes_the_key_in_the_address(open_shop: WooCommerceServer) -> None:
    key = open_shop.key
    auth = KeyInQuery(SecretStr(key.consumer_key), SecretStr(key.consumer_secret))
    with Session() as session:
        answer = session.get(f"{open_shop.url}/wp-json/wc/v3/orders", auth=auth, timeout=5)
    assert answer.status_code == 200


def test_logs_never_show_the_secret(
    rest: ShopRest, shop: WooCommerceServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        rest.rows("/orders")
    assert shop.key.consumer_secret not in caplog.text


# --- what refusals mean ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [{"consumer_key": "ck_" + "f" * 40}, {"consumer_secret": "cs_" + "f" * 40}],
)
def test_a_wrong_key_holds_the_whole_shop(
    settings_of: Settings, guard: OpenGuard, other: dict[str, str]
) -> None:
    error = error_of(ShopRest(settings_of(**other), "nl", guard, SystemClock()))
    assert isinstance(error, LockedOut)
    assert "shops.nl.woocommerce" in str(error)
    assert next(iter(other.values())) not in str(error)


def test_a_key_that_may_only_read_is_refused_when_it_writes() -> None:
    with WooCommerceServer(key=ApiKey(permissions="read")) as shop:
        settings = {
            "url": shop.url,
            "consumer_key": shop.key.consumer_key,
            "consumer_secret": shop.key.consumer_secret,
            "webhook_secret": "a-secret-of-the-hooks",
        }
        woo = WooCommerceSettings.model_validate(settings)
        rest = ShopRest(woo, "nl", OpenGuard(), SystemClock())
        assert rest.rows("/orders") == []
        error = error_of(rest, "POST", "/products/batch")
    assert isinstance(error, LockedOut)
    assert "permission Read/Write" in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_firewall_that_refuses_is_told_apart_from_a_wrong_key(
    shop: WooCommerceServer, rest: ShopRest, status: int
) -> None:
    shop.fail_next(status, "<html>Blocked</html>")
    error = error_of(rest)
    assert isinstance(error, LockedOut)
    assert "firewall" in str(error)


def test_what_woocommerce_says_is_not_there_is_not_found(rest: ShopRest) -> None:
    error = error_of(rest, path="/orders/999999")
    assert isinstance(error, NotFound)
    assert "woocommerce_rest_shop_order_invalid_id" in str(error)


def test_plain_permalinks_are_not_taken_for_a_missing_order(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    shop.plain_permalinks = True
    error = error_of(rest)
    assert isinstance(error, Unavailable)
    assert "permalinks" in str(error)


def test_a_plugins_own_404_is_not_taken_for_a_missing_order(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    body = '{"code":"rest_disabled","message":"The REST API is off.","data":{"status":404}}'
    shop.faults.add(Fault(status=404, body=body, content_type=JSON))
    assert isinstance(error_of(rest), Unavailable)


def test_an_address_that_the_shop_does_not_know(rest: ShopRest) -> None:
    error = error_of(rest, path="/no-such-thing")
    assert isinstance(error, NoRoute)
    assert "WooCommerce is active" in str(error)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("status", [301, 308])
def test_an_address_that_moved_for_good_holds_the_whole_shop_and_names_where_it_leads(
    shop: WooCommerceServer, rest: ShopRest, status: int, method: str
) -> None:
    place = {"Location": "https://www.example.com/wp-json/wc/v3/orders/11"}
    shop.faults.add(Fault(status=status, body="", headers=place))
    error = error_of(rest, method)
    assert isinstance(error, LockedOut)
    assert f"it redirects ({status}) to www.example.com" in str(error)
    assert "final address in the settings" in str(error)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_page_for_the_time_that_the_shop_is_closed_passes(
    shop: WooCommerceServer, rest: ShopRest, status: int
) -> None:
    shop.faults.add(Fault(status=status, body="", headers={"Location": "/coming-soon/"}))
    error = error_of(rest)
    assert isinstance(error, Unavailable)
    assert f"it redirects ({status}) to another path of the same host" in str(error)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("status", [400, 402, 405, 406, 409, 413, 415, 418, 451])
def test_what_woocommerce_did_not_say_itself_parks_nothing_at_once(
    shop: WooCommerceServer, rest: ShopRest, status: int, method: str
) -> None:
    shop.fail_next(status, "<html>One moment, please</html>")
    error = error_of(rest, method)
    assert type(error) is Unavailable
    assert f"answered {status}, and not by WooCommerce itself" in str(error)
    body = '{"success":false,"message":"Checking your browser"}'
    shop.faults.add(Fault(status=status, body=body, content_type=JSON))
    assert type(error_of(rest, method)) is Unavailable


@pytest.mark.parametrize("status", [400, 409, 413])
def test_a_refusal_of_woocommerces_own_is_one(
    shop: WooCommerceServer, rest: ShopRest, status: int
) -> None:
    body = '{"code":"woocommerce_rest_no","message":"No.","data":{"status":400}}'
    shop.faults.add(Fault(status=status, body=body, content_type=JSON))
    assert type(error_of(rest)) is Refused


@pytest.mark.parametrize(
    "sentence",
    [
        "status[0] is not one of any, trash, on-hold, and checkout-draft.",
        "status[0] is geen van any, trash, on-hold en checkout-draft.",
    ],
)
def test_a_value_that_wordpress_does_not_know_comes_with_those_that_it_knows(
    shop: WooCommerceServer, rest: ShopRest, sentence: str
) -> None:
    body = '{"code":"rest_invalid_param","message":"No.","data":{"params":{"status":"%s"}}}'
    shop.faults.add(Fault(status=400, body=body % sentence, content_type=JSON))
    error = error_of(rest)
    assert isinstance(error, WrongParameter)
    assert error.choices == ("any", "trash", "on-hold", "checkout-draft")


def test_a_page_in_place_of_an_answer_is_asked_for_again_later(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    shop.fail_next(200, "<html>We are updating</html>")
    error = error_of(rest)
    assert isinstance(error, Unavailable)
    assert "maintenance page" in str(error)


@pytest.mark.parametrize(
    ("status", "read", "written"),
    [
        (500, Unavailable, Ambiguous),
        (503, Unavailable, Ambiguous),
        (429, RateLimited, RateLimited),
    ],
)
def test_a_shop_that_is_busy_or_broken(
    shop: WooCommerceServer,
    rest: ShopRest,
    status: int,
    read: type[BridgeError],
    written: type[BridgeError],
) -> None:
    shop.faults.add(Fault(status=status, body="<html>no</html>", count=2))
    assert type(error_of(rest)) is read
    assert type(error_of(rest, "PUT")) is written


def test_an_answer_of_the_wrong_kind_is_not_believed(
    shop: WooCommerceServer, rest: ShopRest
) -> None:
    shop.faults.add(Fault(status=200, body='"yes"', content_type=JSON, count=2))
    with pytest.raises(Unavailable, match="no JSON object"):
        rest.document("/orders/11")
    with pytest.raises(Unavailable, match="no JSON list"):
        rest.rows("/orders")


# --- pictures -------------------------------------------------------------------------------------


def test_a_picture_comes_from_the_shop_without_the_key(
    shop: WooCommerceServer, client: Client
) -> None:
    url = shop.picture("mug.png", PNG)
    assert client().image(url) == PNG
    (asked,) = shop.asked()
    assert asked.query == {}


@pytest.mark.parametrize("content", [b"<svg/>", PNG + bytes(5 * 1024 * 1024)])
def test_a_picture_that_picqer_would_not_take_is_none(
    shop: WooCommerceServer, client: Client, content: bytes
) -> None:
    assert client().image(shop.picture("mug.png", content)) is None


def test_the_deadline_is_the_one_of_the_settings(client: Client, guard: OpenGuard) -> None:
    list(client(timeout_seconds=3).stock())
    assert set(guard.deadlines) == {3.0}
