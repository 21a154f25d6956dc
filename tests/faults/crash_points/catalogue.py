"""Plays about products on their way into Picqer."""

from __future__ import annotations

from sqlalchemy import create_engine, delete

from integration.sandbox.picqer import Fault
from integration.store.schema import bookmarks
from tests.faults.crash_points.plays import Play, plays_of
from tests.faults.crash_points.stage import Stage

NO_SUCH_ID = 20


def a_product_appears(stage: Stage) -> str:
    """The shop has something new, with two pictures."""
    shop, sku = stage.bridge.shop, stage.new_name()
    pictures = [shop.picture_url(f"{sku}-{side}") for side in ("front", "back")]
    return shop.add_product(sku=sku, name=sku, price_net="8.22", sellable=0, image_urls=pictures)


def a_product_appears_that_picqer_has(stage: Stage) -> None:
    """Somebody entered it into Picqer a moment before."""
    sku = stage.new_name()
    stage.put_into_picqer(sku)
    stage.bridge.shop.add_product(sku=sku, name="Known", price_net="8.22", sellable=0)


def a_product_changes(stage: Stage) -> None:
    """A price of something that Picqer has goes up."""
    stage.bridge.shop.change_product(stage.product_id(stage.ware()), price_net="9.99")


def a_product_is_gone_at_picqer(stage: Stage) -> None:
    """Picqer says that it does not know the product that it made."""
    fault = Fault("status", method="PUT", path="/products/*", status=404, error_code=NO_SUCH_ID)
    stage.bridge.picqer.add_fault(fault)
    stage.bridge.shop.change_product(stage.product_id(stage.ware()), price_net="7.77")


def a_product_appears_before_the_catalogue_is_known(stage: Stage) -> None:
    """As on the first day, when nobody has listed what Picqer has."""
    engine = create_engine(stage.bridge.database_url)
    with engine.begin() as connection:
        listed = delete(bookmarks).where(bookmarks.c.name == "catalogue_listed")
        connection.execute(listed)
    engine.dispose()
    a_product_appears(stage)


def plays() -> list[Play]:
    """Those that leave a product in doubt come first."""
    return [
        *plays_of(
            a_product_appears,
            "ledger.after_intent@product",
            "create_product.after_post",
            "ledger.after_create@product",
            "create_product.after_observation",
            "ledger.before_settle@product",
            "ledger.after_settle@product",
            "runner.after_claim@create_product",
            "create_product.after_showing",
            "create_product.before_image",
            "create_product.after_image",
            "create_product.before_revision",
            "runner.before_end@create_product",
            "runner.after_end@create_product",
        ),
        *plays_of(a_product_appears_that_picqer_has, "create_product.after_adoption"),
        *plays_of(a_product_changes, "create_product.after_update"),
        *plays_of(a_product_is_gone_at_picqer, "create_product.after_forgetting"),
        *plays_of(
            a_product_appears_before_the_catalogue_is_known,
            "create_product.after_asking_for_catalogue",
        ),
    ]
