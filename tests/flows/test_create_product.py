"""Flow 1: Picqer has each shop product once, with the shop's fields."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from integration.errors import Ambiguous, OverBudget, Refused
from integration.jobs import Done, Flow, Identity, Park, Retry, State, Wait
from tests.flows.world import World


@pytest.fixture
def listed(world: World) -> World:
    """A world whose catalogue and VAT groups were read before."""
    bookmarks = world.services.bookmarks
    bookmarks.set("picqer/main", "catalogue_listed", world.clock.now().isoformat())
    bookmarks.set(
        "picqer/main",
        "vat_groups",
        [{"idvatgroup": 18, "name": "BTW Hoog", "percentage": "21"}],
    )
    return world


def test_a_new_product_is_created_with_one_call(listed: World) -> None:
    listed.product()

    outcome = listed.run(Flow.CREATE_PRODUCT, "9")

    assert isinstance(outcome.ending, Done)
    assert listed.picqer.calls == ["create_product"]
    assert listed.picqer.books.find_product("MUG-BLUE") is not None


def test_the_shop_shows_at_once_that_a_new_product_is_not_there_yet(listed: World) -> None:
    listed.product()
    listed.shop.books.stock["MUG-BLUE"] = 5

    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.settle_all()

    assert listed.shop.books.stock["MUG-BLUE"] == 0


def test_the_shop_shows_at_once_what_picqer_has_of_an_adopted_product(listed: World) -> None:
    listed.picqer.books.add_product("MUG-BLUE", 3)
    listed.product()
    listed.shop.books.stock["MUG-BLUE"] = 5

    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.settle_all()

    assert listed.shop.books.stock["MUG-BLUE"] == 3


def test_an_unchanged_product_costs_no_call(listed: World) -> None:
    listed.product()
    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.picqer.calls.clear()

    listed.run(Flow.CREATE_PRODUCT, "9")

    assert listed.picqer.calls == []


def test_a_changed_product_is_updated_with_one_call(listed: World) -> None:
    product = listed.product()
    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.picqer.calls.clear()
    listed.shop.books.products["9"] = replace(product, price_net=Decimal("9.10"))

    listed.run(Flow.CREATE_PRODUCT, "9")

    assert listed.picqer.calls == ["update_product"]


def test_images_are_sent_once_each_on_creation_only(listed: World) -> None:
    urls = ("https://shop/a.jpg", "https://shop/b.jpg", "https://shop/unusable.txt")
    listed.shop.books.images = {urls[0]: b"a", urls[1]: b"b"}
    product = listed.product(image_urls=urls)

    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.shop.books.products["9"] = replace(product, name="Bluer mug")
    listed.run(Flow.CREATE_PRODUCT, "9")

    assert [image for _, image in listed.picqer.books.images] == [b"a", b"b"]
    assert listed.picqer.calls == ["create_product", "add_image", "add_image", "update_product"]


def test_a_run_stopped_between_two_images_goes_on_with_the_second(listed: World) -> None:
    urls = ("https://shop/a.jpg", "https://shop/b.jpg")
    listed.shop.books.images = {urls[0]: b"a", urls[1]: b"b"}
    listed.product(image_urls=urls)
    stopped = listed.hint(Flow.CREATE_PRODUCT, "9")
    listed.picqer.fail("add_image", OverBudget(seconds=3))

    first = listed.runner.run(stopped.id)
    assert first is not None
    listed.run_again(first.job)

    assert isinstance(first.ending, Wait)
    assert [image for _, image in listed.picqer.books.images] == [b"a", b"b"]


def test_an_image_whose_answer_was_lost_is_not_sent_twice(listed: World) -> None:
    listed.shop.books.images = {"https://shop/a.jpg": b"a"}
    listed.product(image_urls=("https://shop/a.jpg",))
    listed.picqer.fail("add_image", Ambiguous(), committed=True)

    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.run(Flow.CREATE_PRODUCT, "9")

    assert len(listed.picqer.books.images) == 1


@pytest.mark.parametrize("active", [True, False])
def test_a_product_that_a_person_made_at_picqer_is_adopted_unchanged(
    listed: World, active: bool
) -> None:
    listed.picqer.books.add_product("MUG-BLUE", 3, active=active)
    product = listed.product()

    outcome = listed.run(Flow.CREATE_PRODUCT, "9")
    listed.run(Flow.CREATE_PRODUCT, "9")
    calls = list(listed.picqer.calls)
    listed.shop.books.products["9"] = replace(product, name="Bluer mug")
    listed.run(Flow.CREATE_PRODUCT, "9")

    assert "at Picqer already" in str(outcome.ending)
    assert "update_product" not in calls
    assert listed.picqer.calls[-1] == "update_product", "a later change of the shop is sent"
    assert len(listed.picqer.books.products) == 1


def test_a_lost_answer_makes_no_second_product(listed: World) -> None:
    listed.product()
    listed.picqer.fail("create_product", Ambiguous(), committed=True)

    first = listed.run(Flow.CREATE_PRODUCT, "9")
    second = listed.run_again(first.job)
    third = listed.run_again(second.job)

    assert isinstance(first.ending, Retry)
    assert isinstance(third.ending, Done)
    assert len(listed.picqer.books.products) == 1


def test_a_product_that_vanished_at_picqer_is_made_again(listed: World) -> None:
    product = listed.product()
    listed.run(Flow.CREATE_PRODUCT, "9")
    listed.picqer.books.remove_product("MUG-BLUE")
    listed.shop.books.products["9"] = replace(product, name="Bluer mug")

    listed.run(Flow.CREATE_PRODUCT, "9")

    assert listed.picqer.books.find_product("MUG-BLUE") is not None


@pytest.mark.parametrize("sku", [None, ""])
def test_a_product_without_sku_is_ignored_with_its_reason(listed: World, sku: str | None) -> None:
    listed.product(sku)

    outcome = listed.run(Flow.CREATE_PRODUCT, "9")

    assert "no SKU" in str(outcome.ending)
    assert listed.picqer.calls == []


def test_a_product_that_is_not_active_in_the_shop_is_not_made(listed: World) -> None:
    listed.product(active=False)

    assert "not active" in str(listed.run(Flow.CREATE_PRODUCT, "9").ending)
    assert listed.picqer.calls == []


def test_a_shop_with_catalogue_off_writes_no_products(listed: World) -> None:
    listed.set_policy(replace(listed.policy, catalogue=False))
    listed.product()

    assert "catalogue = false" in str(listed.run(Flow.CREATE_PRODUCT, "9").ending)
    assert listed.picqer.calls == []


def test_a_refusal_parks_with_picqers_words(listed: World) -> None:
    listed.product()
    listed.picqer.fail("create_product", Refused("barcode is not valid"))

    outcome = listed.run(Flow.CREATE_PRODUCT, "9")

    assert isinstance(outcome.ending, Park)
    assert "barcode" in outcome.ending.reason


def test_a_product_that_vanished_from_the_shop_ends_done(listed: World) -> None:
    assert isinstance(listed.run(Flow.CREATE_PRODUCT, "9").ending, Done)


def test_before_the_first_creation_the_catalogue_is_listed_active_and_inactive(
    world: World,
) -> None:
    for number in range(150):
        world.picqer.books.add_product(f"OLD-{number}", active=number % 2 == 0)
    world.product()

    first = world.run(Flow.CREATE_PRODUCT, "9")
    catalogue = world.services.jobs.find_identity(Identity(Flow.RECONCILE, "", "catalogue:main"))
    assert catalogue is not None
    listing = world.runner.run(catalogue.id)
    world.run_again(first.job)

    assert isinstance(first.ending, Wait)
    assert listing is not None
    assert listing.job.state is State.DONE
    assert world.services.ledger.count("main", "product") == 151
    assert world.picqer.books.find_product("MUG-BLUE") is not None
