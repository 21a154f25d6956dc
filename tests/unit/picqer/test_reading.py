"""Reading Picqer's records, with all their quirks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.domain import Parcel, PicqerStatus
from integration.picqer.mapping.reading import Malformed
from integration.picqer.mapping.records import (
    read_customer,
    read_hook,
    read_order,
    read_picklist,
    read_product,
    read_shipment,
    read_vat_group,
    read_warehouse,
)
from integration.picqer.response_codes import read_error

STAMP = "2026-11-23 13:00:00"
LINE = {"idorder_product": 900, "idproduct": 4411, "productcode": "MUG-BLUE", "amount": 2}
ORDER = {
    "idorder": 301,
    "idcustomer": None,
    "orderid": "O2025-0301",
    "status": "concept",
    "reference": "1042",
    "created": STAMP,
    "updated": STAMP,
    "products": [LINE],
    "tags": [],
    "picklists": [],
}
PICKLIST = {
    "idpicklist": 501,
    "picklistid": "P2025-0501",
    "idorder": 301,
    "idreturn": None,
    "status": "closed",
    "closed_at": STAMP,
    "updated": STAMP,
    "products": [
        {"idorder_product": 900, "productcode": "MUG-BLUE", "amount": 2, "amount_picked": 1}
    ],
}
SHIPMENT = {"idshipment": 19, "idpicklist": 501, "cancelled": False, "updated": STAMP}
PRODUCT = {
    "idproduct": 4411,
    "productcode": "MUG-BLUE",
    "active": True,
    "type": "normal",
    "idvatgroup": 18,
    "stock": [{"idwarehouse": 18, "stock": 40, "reserved": 6, "freestock": 34}],
}
RECORDS = [
    (read_order, ORDER, "idorder"),
    (read_picklist, PICKLIST, "idpicklist"),
    (read_shipment, SHIPMENT, "idshipment"),
    (lambda data: read_product(data, STAMP), PRODUCT, "productcode"),
    (read_customer, {"idcustomer": 1}, "idcustomer"),
    (read_warehouse, {"idwarehouse": 18}, "idwarehouse"),
    (read_vat_group, {"idvatgroup": 18, "percentage": 21}, "percentage"),
    (read_hook, {"idhook": 7, "event": "picklists.closed", "address": "https://x"}, "address"),
]


@pytest.mark.parametrize("tags", [[], {}, {"Summer": {"idtag": 3}}, None])
@pytest.mark.parametrize("products", [[LINE], {"0": LINE}, {"3": LINE}])
def test_lists_may_come_as_objects(tags: object, products: object) -> None:
    order = read_order({**ORDER, "tags": tags, "products": products, "new_key": object()})
    assert order.lines[0].amount == 2
    assert order.status is PicqerStatus.CONCEPT


def test_numbers_may_come_as_texts() -> None:
    order = read_order({**ORDER, "idorder": "301", "products": [{**LINE, "amount": "2"}]})
    assert (order.idorder, order.lines[0].amount) == (301, 2)
    assert read_vat_group({"idvatgroup": 1, "percentage": "21.00"}).percentage == Decimal(21)


def test_a_status_that_picqer_added_since_is_unknown() -> None:
    assert read_order({**ORDER, "status": "on_hold"}).status is PicqerStatus.UNKNOWN


@pytest.mark.parametrize(("read", "row", "key"), RECORDS)
def test_what_matters_and_is_missing_is_named(read, row, key) -> None:  # type: ignore[no-untyped-def]  # a table of readers
    assert read(row)
    without = {name: value for name, value in row.items() if name != key}
    with pytest.raises(Malformed, match=key):
        read(without)


@pytest.mark.parametrize(("read", "row", "key"), RECORDS)
@given(junk=st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.integers()), st.floats()))
def test_junk_in_place_of_a_record_is_malformed(read, row, key, junk) -> None:  # type: ignore[no-untyped-def]  # a table of readers
    with pytest.raises(Malformed):
        read(junk)
    try:
        read({**row, key: junk})
    except Malformed:
        return


def test_legacy_keys_stand_in() -> None:
    line = {"idorder_product": 900, "productcode": "A", "amount": 2, "amountpicked": 2}
    assert read_picklist({**PICKLIST, "products": [line]}).lines[0].amount_picked == 2


def test_nothing_picked_is_nothing_picked() -> None:
    line = {"idorder_product": 900, "productcode": "A", "amount": 2, "amount_picked": 0}
    assert read_picklist({**PICKLIST, "products": [line]}).lines[0].amount_picked == 0


def test_an_open_picklist_is_not_closed() -> None:
    assert read_picklist({**PICKLIST, "status": "new", "closed_at": None}).closed_at is None


def test_a_picklist_without_lines_is_read() -> None:
    short = {key: value for key, value in PICKLIST.items() if key != "products"}
    assert read_picklist(short).lines == ()


def test_parcels_come_before_the_flat_keys() -> None:
    parcels = [
        {"tracking_code": "3S1", "tracking_url": "https://t/1"},
        {"tracking_code": "3S2", "tracking_url": None},
    ]
    flat = {"trackingcode": "3S0", "public_providername": "PostNL", "providername": "Ours"}
    assert read_shipment({**SHIPMENT, **flat, "parcels": parcels}).parcels == (
        Parcel("3S1", "https://t/1", "PostNL"),
        Parcel("3S2", None, "PostNL"),
    )


@pytest.mark.parametrize("parcels", [None, [], {}, [{"tracking_code": None}]])
def test_the_flat_keys_stand_in_for_parcels(parcels: object) -> None:
    flat = {"trackingcode": "3S0", "tracktraceurl": "https://t/0", "provider": "DHL"}
    found = read_shipment({**SHIPMENT, **flat, "parcels": parcels}).parcels
    assert found == (Parcel("3S0", "https://t/0", "DHL"),)


def test_a_shipment_without_tracking_has_no_parcel() -> None:
    assert read_shipment(SHIPMENT).parcels == ()


def test_free_stock_is_kept_per_warehouse() -> None:
    product = read_product(PRODUCT, STAMP)
    assert product.free_stock.by_warehouse == {18: 34}
    assert (product.free_stock.stamp, product.free_stock.unlimited) == (STAMP, False)


def test_free_stock_is_stock_less_reserved_where_it_is_missing() -> None:
    stock = [{"idwarehouse": 18, "stock": 40, "reserved": 6}]
    assert read_product({**PRODUCT, "stock": stock}, STAMP).free_stock.by_warehouse == {18: 34}


@pytest.mark.parametrize("marks", [{"type": "unlimited_stock"}, {"unlimitedstock": True}])
def test_unlimited_stock_is_seen_in_either_key(marks: dict[str, object]) -> None:
    assert read_product({**PRODUCT, **marks}, STAMP).free_stock.unlimited


@pytest.mark.parametrize(
    ("secret", "signed"),
    [(True, True), ("abc", True), (False, False), (None, False), ("", False), ("0", False)],
)
def test_whether_a_hook_is_signed_may_be_written_in_several_ways(
    secret: object, signed: bool
) -> None:
    row = {"idhook": 7, "name": "x", "event": "e", "address": "a", "active": True}
    assert read_hook({**row, "secret": secret}).signed is signed


def test_an_error_has_its_code_and_words_without_personal_data() -> None:
    body = {"error": True, "error_code": 24, "error_message": "Product 'X' of a@example.org"}
    said = read_error(body)
    assert said.code == 24
    assert said.message == "an ordered product does not exist - «Product …»"


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"error": False, "error_code": 24}, {"error_code": 24, "idorder": 1}],
)
def test_what_is_no_error_has_no_code(body: object) -> None:
    assert read_error(body).code is None


@pytest.mark.parametrize("code", [True, None, "x", "²", [], "9999999"])
def test_an_unbelievable_code_is_none(code: object) -> None:
    assert read_error({"error": True, "error_code": code}).code is None


@pytest.mark.parametrize("free", [9_900_000_000_000_000_000, 10**9, -(10**9), "1e12", "1_0"])
def test_free_stock_that_no_warehouse_holds_is_refused(free: object) -> None:
    entry = {"idwarehouse": 18, "freestock": free}
    with pytest.raises(Malformed, match="freestock"):
        read_product(PRODUCT | {"stock": [entry]}, STAMP)


def test_free_stock_worked_out_of_two_figures_is_bounded_too() -> None:
    entry = {"idwarehouse": 18, "stock": 10**9 - 1, "reserved": -1}
    with pytest.raises(Malformed, match="freestock"):
        read_product(PRODUCT | {"stock": [entry]}, STAMP)


@pytest.mark.parametrize("text", ["MUG\x00", "\ud800"])
def test_text_that_no_store_can_keep_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Malformed, match="productcode is no text"):
        read_product(PRODUCT | {"productcode": text}, STAMP)


def test_an_id_that_no_store_can_keep_is_refused() -> None:
    with pytest.raises(Malformed, match="idorder is no number"):
        read_order(ORDER | {"idorder": 9_900_000_000_000_000_000})
