"""Flow 5 on a shop: polling finds what the shop's own events missed."""

from __future__ import annotations

from datetime import timedelta

from integration.flows.observe_shop import stock_drift
from integration.jobs import Done, Flow, Identity, State
from tests.flows.world import World


def revision(world: World, flow: Flow, subject: str) -> int:
    job = world.services.jobs.find_identity(Identity(flow, "nl", subject))
    return 0 if job is None else job.revision


def test_an_order_whose_event_was_missed_is_found_by_polling(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()

    world.run(Flow.RECONCILE, "orders")
    world.settle_all()

    assert len(world.picqer.books.live_orders("1042")) == 1


def test_an_order_that_was_dealt_with_after_its_change_is_not_raised_again(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.clock.advance(120)
    world.run_order()

    world.run(Flow.RECONCILE, "orders")

    assert revision(world, Flow.CREATE_ORDER, "1042") == 1


def test_an_order_that_changed_after_its_job_looked_is_raised(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 40)
    world.order()
    world.run_order()
    world.clock.advance(300)
    world.order(updated_at=world.clock.now())

    world.run(Flow.RECONCILE, "orders")

    assert revision(world, Flow.CREATE_ORDER, "1042") == 2


def test_a_parked_order_is_not_opened_by_polling(world: World) -> None:
    world.order(currency="USD")
    world.run_order()

    world.run(Flow.RECONCILE, "orders")

    job = world.services.jobs.find_identity(Identity(Flow.CREATE_ORDER, "nl", "1042"))
    assert job is not None
    assert job.state is State.PARKED


def test_the_next_poll_asks_from_a_little_before_the_last_one(world: World) -> None:
    world.run(Flow.RECONCILE, "orders")
    asked = world.clock.now()
    world.clock.advance(900)
    world.order("before", updated_at=asked - timedelta(minutes=20))
    world.order("overlap", updated_at=asked - timedelta(minutes=5))

    world.run(Flow.RECONCILE, "orders")

    assert revision(world, Flow.CREATE_ORDER, "before") == 0
    assert revision(world, Flow.CREATE_ORDER, "overlap") == 1


def test_products_that_are_as_sent_are_not_raised(world: World) -> None:
    world.services.bookmarks.set("picqer/main", "catalogue_listed", world.clock.now().isoformat())
    world.product()
    world.product("MUG-RED", id="10")
    world.run(Flow.CREATE_PRODUCT, "9")

    world.run(Flow.RECONCILE, "products")

    assert revision(world, Flow.CREATE_PRODUCT, "9") == 1
    assert revision(world, Flow.CREATE_PRODUCT, "10") == 1


def test_what_the_shop_shows_is_read_and_wrong_figures_are_mended(world: World) -> None:
    world.picqer.books.add_product("MUG-BLUE", 12)
    world.run(Flow.RECONCILE, "stock:main", shop="")
    world.shop.books.stock["MUG-BLUE"] = 99

    outcome = world.run(Flow.RECONCILE, "stock")
    world.settle_all()

    assert isinstance(outcome.ending, Done)
    assert world.shop.books.stock["MUG-BLUE"] == 12


def test_how_many_figures_were_wrong_is_counted_once_and_no_longer_when_all_are_right(
    world: World,
) -> None:
    for code in ("MUG-BLUE", "MUG-RED", "TEA", "NOT-HERE"):
        world.picqer.books.add_product(code, 12)
    world.picqer.books.add_product("ENDLESS", 0, unlimited=True)
    world.run(Flow.RECONCILE, "stock:main", shop="")
    world.order()  # Two blue mugs are in flight: 10 is what the shop ought to show.
    world.run_order()
    world.shop.books.stock |= {"MUG-BLUE": 10, "MUG-RED": 99, "TEA": 11, "ENDLESS": 5, "OTHER": 1}
    world.shop.books.unmanaged.add("TEA")
    assert stock_drift(world.services.bookmarks, "nl") is None
    assert drift_after_reading(world) == 1, "the red mug only"
    world.settle_all()
    assert drift_after_reading(world) == 0
    world.shop.books.stock["MUG-BLUE"] = 12
    assert drift_after_reading(world) == 1, "the pieces in flight were offered again"


def drift_after_reading(world: World) -> int:
    world.run(Flow.RECONCILE, "stock")
    found = stock_drift(world.services.bookmarks, "nl")
    assert found is not None
    return found[0]
