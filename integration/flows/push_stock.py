"""The flow ``push_stock``: the shop shows the newest sellable figures.

A run writes one batch of the connector's size, newest change first, and opens itself again while
there is more. It asks Picqer nothing and never parks: a product the shop refuses is put aside
until its figure changes again or the next nightly comparison, and a shop that refuses everything
is asked again every quarter of an hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from integration.crash_points import crash_point
from integration.errors import Refused, Rejected, Retryable
from integration.jobs import MAX_ATTEMPTS, Done, Ending, Flow, Wait, go_on
from integration.policy import ShopPolicy
from integration.ports import (
    Bookmarks,
    Difference,
    ShownStock,
    StockAnswer,
    StockItem,
    StockResult,
    Webshop,
)
from integration.services import Services, Work

ASK_AGAIN_SECONDS = 900.0
"""A shop that says no to everything is asked again after this long."""
ABOUT_THE_CONTENT = frozenset({400, 409, 413, 422})
"""Statuses that refuse what is in a batch rather than the batch's sender."""
REFUSED_BOOKMARK = "refused_stock"
REMEMBERED = 200
"""How many refused productcodes of a shop are remembered for people to look at."""
LONGEST_MESSAGE = 200

Part = tuple[Sequence[StockItem], list[StockResult]]


def push_stock(work: Work) -> Ending:
    """Write one batch of figures that differ; see the module."""
    try:
        work.services.gate.admit(Flow.PUSH_STOCK, work.job.identity.shop)
        return _push(work)
    except Rejected as error:
        return Wait(ASK_AGAIN_SECONDS, str(error), error.code)
    except Retryable as error:
        if work.job.attempts + 1 < MAX_ATTEMPTS:
            raise
        return Wait(ASK_AGAIN_SECONDS, str(error), error.code)


def refused_productcodes(bookmarks: Bookmarks, shop: str) -> dict[str, dict[str, object]]:
    """What the shop refused to show: productcode -> ``times`` and the shop's own ``message``."""
    kept = bookmarks.get(f"shops/{shop}", REFUSED_BOOKMARK)
    value = kept[0] if kept is not None else None
    return dict(value) if isinstance(value, dict) else {}


def _push(work: Work) -> Ending:
    services, shop, webshop = work.services, work.shop().policy, work.webshop()
    differences = services.stock.differences(shop, max(1, webshop.capabilities.stock_batch))
    items = [
        StockItem(one.productcode, one.sellable, one.ref)
        for one in differences
        if one.sellable is not None and one.sellable != one.shown
    ]
    _unsure(services, shop, items)
    crash_point("push_stock.before_write")
    answers: Counter[StockAnswer] = Counter()
    refused: list[str] = []
    for part, results in _write(webshop, items):
        crash_point("push_stock.after_write")
        answers.update(result.answer for result in results)
        refused += [one.productcode for one in results if one.answer is StockAnswer.REFUSED]
        _record(services, shop, part, results, differences)
        crash_point("push_stock.after_record")
    written = {item.productcode for item in items}
    services.stock.compared(
        shop.name, [one for one in differences if one.productcode not in written]
    )
    sentence = _sentence(shop, answers, refused)
    return go_on(sentence) if services.stock.differences(shop, 1) else Done(sentence)


def _unsure(services: Services, shop: ShopPolicy, items: Sequence[StockItem]) -> None:
    """From here until the answer nobody knows what the shop shows.

    Without this a write whose answer was lost would be taken for one that never arrived, and a
    figure that returned to its old value would not be written again.
    """
    services.stock.shows(shop.name, [ShownStock(one.productcode, None, one.ref) for one in items])


def _write(webshop: Webshop, items: Sequence[StockItem]) -> Iterator[Part]:
    """Write a batch; one that is refused as a whole is halved until the bad items stand alone."""
    if not items:
        return
    try:
        results = webshop.set_stock(items)
    except Refused as error:
        if error.evidence.status not in ABOUT_THE_CONTENT:
            raise
        if len(items) == 1:
            result = StockResult(items[0].productcode, StockAnswer.REFUSED, str(error))
            yield items, [result]
            return
        middle = len(items) // 2
        yield from _write(webshop, items[:middle])
        yield from _write(webshop, items[middle:])
    else:
        yield items, _complete(items, results)


def _complete(items: Sequence[StockItem], results: Sequence[StockResult]) -> list[StockResult]:
    """One result per item; an item that the shop forgot to answer counts as refused."""
    answered = {result.productcode: result for result in results}
    silent = "the shop gave no answer for it"
    return [
        answered.get(one.productcode, StockResult(one.productcode, StockAnswer.REFUSED, silent))
        for one in items
    ]


def _record(
    services: Services,
    shop: ShopPolicy,
    items: Sequence[StockItem],
    results: Sequence[StockResult],
    differences: Sequence[Difference],
) -> None:
    """Write down how these items fared; they are compared again at their next change."""
    answer_of = {result.productcode: result.answer for result in results}
    shown = []
    with services.store.transaction():
        for item in items:
            match answer_of[item.productcode]:
                case StockAnswer.WRITTEN:
                    shown.append(ShownStock(item.productcode, item.sellable, item.ref))
                case StockAnswer.NOT_MANAGED:
                    shown.append(ShownStock(item.productcode, None, item.ref, managed=False))
                case StockAnswer.UNKNOWN_SKU:
                    services.stock.forget_shown(shop.name, item.productcode)
                case StockAnswer.REFUSED:
                    pass
        services.stock.shows(shop.name, shown)
        _remember_refused(services.bookmarks, shop.name, results)
        done = [one for one in differences if one.productcode in answer_of]
        services.stock.compared(shop.name, done)


def _remember_refused(bookmarks: Bookmarks, shop: str, results: Sequence[StockResult]) -> None:
    """Count refusals per productcode, the latest last, until the shop takes the product again."""
    before = refused_productcodes(bookmarks, shop)
    after = dict(before)
    for result in results:
        known = after.pop(result.productcode, {})
        if result.answer is StockAnswer.REFUSED:
            times = int(str(known.get("times", 0))) + 1
            message = (result.message or "")[:LONGEST_MESSAGE]
            after[result.productcode] = {"times": times, "message": message}
    if after != before:
        latest = dict(list(after.items())[-REMEMBERED:])
        bookmarks.set(f"shops/{shop}", REFUSED_BOOKMARK, latest)


def _sentence(shop: ShopPolicy, answers: Counter[StockAnswer], refused: Sequence[str]) -> str:
    """What this run did, for the timeline."""
    if not answers:
        return f"{shop.name} shows every figure as it is"
    parts = [f"{answers[StockAnswer.WRITTEN]} figures written to {shop.name}"]
    if answers[StockAnswer.UNKNOWN_SKU]:
        parts.append(f"{answers[StockAnswer.UNKNOWN_SKU]} it does not know")
    if answers[StockAnswer.NOT_MANAGED]:
        parts.append(f"{answers[StockAnswer.NOT_MANAGED]} it does not manage")
    if refused:
        more = ", ..." if len(refused) > 5 else ""
        parts.append(f"{len(refused)} it refused ({', '.join(refused[:5])}{more})")
    return ", ".join(parts)
