"""Flow 1: Picqer has a product with the shop product's productcode and those fields.

Calls at Picqer: 1 for a new product (and 1 per image, on creation only), 1 for a changed one, 0
for an unchanged one.
"""

from __future__ import annotations

import structlog

from integration.crash_points import crash_point
from integration.domain import Product
from integration.errors import Ambiguous, BridgeError, NotFound, NotYet, Refused
from integration.fingerprints import fingerprint
from integration.flows.account_facts import vat_groups
from integration.flows.products import ensure_product, note_revision, product_key
from integration.flows.stock_jobs import show_again
from integration.jobs import Done, Ending, Flow, Identity, Lane
from integration.ports import LedgerEntry, LedgerState, ProductDraft, Webshop
from integration.services import Work

LANE = Lane.BULK
log = structlog.get_logger(__name__)


def create_product(work: Work) -> Ending:
    """Make it true for the shop product that this job names."""
    shop = work.shop()
    webshop = work.webshop()
    try:
        product = webshop.product(work.job.identity.subject)
    except NotFound:
        return Done("the shop no longer has this product")
    if not product.sku:
        return Done(
            f"ignored: product {product.id} has no SKU of its own, or only groups others, so "
            f"Picqer cannot know it"
        )
    show_again(work, shop.policy, product.sku)
    crash_point("create_product.after_showing")
    if not shop.policy.catalogue:
        return Done("ignored: this shop does not write products (catalogue = false)")
    work.services.gate.admit(Flow.CREATE_PRODUCT, shop.policy.name)
    ending = _make_true(work, webshop, product, product.sku)
    crash_point("create_product.before_revision")
    note_revision(work, product)
    return ending


def _make_true(work: Work, webshop: Webshop, product: Product, productcode: str) -> Ending:
    entry = work.services.ledger.find(product_key(work.job.account, productcode))
    if entry is not None and entry.state is LedgerState.SETTLED:
        return _bring_up_to_date(work, webshop, product, entry)
    if not product.active:
        return Done(f"ignored: {productcode} is not active in the shop")
    _require_catalogue(work)
    return _create(work, webshop, product, productcode)


def _create(work: Work, webshop: Webshop, product: Product, productcode: str) -> Ending:
    made = ensure_product(work, product, productcode, LANE)
    if made.details.get("adopted"):
        return Done(f"{productcode} was at Picqer already (idproduct {made.picqer_id})")
    entry = work.services.ledger.find(product_key(work.job.account, productcode))
    sent = _send_images(work, webshop, product, entry)
    return Done(f"{productcode} was created (idproduct {made.picqer_id}, {sent} images)")


def _bring_up_to_date(work: Work, webshop: Webshop, product: Product, entry: LedgerEntry) -> Ending:
    productcode, idproduct = entry.key.subject, entry.picqer_id or 0
    _send_images(work, webshop, product, entry)
    known, current = entry.details.get("fingerprint"), fingerprint(product)
    if known == current:
        return Done(f"{productcode} is unchanged (idproduct {idproduct})")
    if known is None:
        work.services.ledger.note(entry.key, {"fingerprint": current})
        return Done(f"{productcode} was adopted as it is (idproduct {idproduct})")
    draft = ProductDraft(product, vat_groups(work, LANE, [product.tax_rate]))
    try:
        work.picqer(LANE).update_product(idproduct, draft)
        crash_point("create_product.after_update")
    except NotFound:
        work.services.ledger.forget(entry.key)
        crash_point("create_product.after_forgetting")
        return _create(work, webshop, product, productcode)
    work.services.ledger.note(entry.key, {"fingerprint": current})
    return Done(f"{productcode} was updated (idproduct {idproduct})")


def _send_images(work: Work, webshop: Webshop, product: Product, entry: LedgerEntry | None) -> int:
    """Add the pictures of a product that we created, each once, going on where a run stopped.

    A picture is written down before it is sent: one lost is better than one doubled.
    """
    if entry is None or entry.details.get("adopted", True):
        return 0
    done = int(str(entry.details.get("images", 0)))
    for number, url in enumerate(product.image_urls[done:], start=done + 1):
        image = webshop.image(url)
        work.services.ledger.note(entry.key, {"images": number})
        crash_point("create_product.before_image")
        if image is not None:
            _add_image(work, entry, image, number)
            crash_point("create_product.after_image")
    return len(product.image_urls)


def _add_image(work: Work, entry: LedgerEntry, image: bytes, number: int) -> None:
    try:
        work.picqer(LANE).add_image(entry.picqer_id or 0, image)
    except (Ambiguous, Refused) as error:
        log.warning("image.left_out", idproduct=entry.picqer_id, number=number, code=error.code)
    except BridgeError:
        work.services.ledger.note(entry.key, {"images": number - 1})
        raise


def _require_catalogue(work: Work) -> None:
    """Before the first creation on an account its catalogue is listed into the ledger."""
    account = work.job.account
    if work.services.bookmarks.get(f"picqer/{account}", "catalogue_listed") is not None:
        return
    work.services.jobs.hint(
        Identity(Flow.RECONCILE, "", f"catalogue:{account}"), account, why="first product"
    )
    crash_point("create_product.after_asking_for_catalogue")
    raise NotYet("Picqer's catalogue is being listed first, so that nothing is doubled", seconds=3)
