"""How one shop product comes to be in Picqer: used by ``create_product`` and by orders."""

from __future__ import annotations

from enum import StrEnum

from integration.crash_points import crash_point
from integration.domain import PicqerProduct, Product
from integration.errors import Refused
from integration.fingerprints import fingerprint
from integration.flows.account_facts import vat_groups
from integration.flows.stock_jobs import push_marked
from integration.jobs import Lane
from integration.ports import Ledger, LedgerKey, LedgerState, Made, Picqer, ProductDraft
from integration.services import Work


def product_key(account: str, productcode: str) -> LedgerKey:
    """The ledger's key of a product: it belongs to the whole account."""
    return LedgerKey(account, "product", "", productcode)


class AtPicqer(StrEnum):
    """What Picqer has of a shop's product, as far as this service knows."""

    NOTHING = "is not there by this service"
    OTHERWISE = "is there, and not as it is in the shop"
    AS_IT_IS = "is there as it is in the shop"


def at_picqer(ledger: Ledger, account: str, product: Product) -> AtPicqer:
    """Read from the ledger: nobody is asked."""
    entry = ledger.find(product_key(account, product.sku or ""))
    if entry is None:
        return AtPicqer.NOTHING
    is_same = entry.details.get("fingerprint") == fingerprint(product)
    return AtPicqer.AS_IT_IS if is_same else AtPicqer.OTHERWISE


def revision_key(shop: str, product_id: str) -> str:
    """Under which name the ledger keeps the revision of a shop's product that was read last."""
    return f"revision {shop}/{product_id}"


def note_revision(work: Work, product: Product) -> None:
    """Remember what was read, so that news of the same is recognised at the door."""
    shop, ledger = work.job.identity.shop, work.services.ledger
    entry = ledger.find(product_key(work.job.account, product.sku or ""))
    name = revision_key(shop, product.id)
    is_known = entry is not None and entry.state is LedgerState.SETTLED
    if entry and is_known and product.revision and entry.details.get(name) != product.revision:
        ledger.note(entry.key, {name: product.revision})


def made_of(product: PicqerProduct, *, adopted: bool) -> Made:
    """What the ledger keeps of a product."""
    return Made(product.idproduct, {"adopted": adopted, "active": product.active})


def find_product(picqer: Picqer, productcode: str) -> PicqerProduct | None:
    """The product with this productcode, active or not."""
    found = picqer.product_with_code(productcode)
    return found or picqer.product_with_code(productcode, inactive=True)


def ensure_product(work: Work, product: Product, productcode: str, lane: Lane) -> Made:
    """Make the product exist at Picqer exactly once; an existing one is adopted unchanged."""
    services, account = work.services, work.job.account
    picqer = work.picqer(lane)

    def find() -> Made | None:
        found = find_product(picqer, productcode)
        if found is None:
            return None
        services.stock.observe(account, found.free_stock)
        crash_point("create_product.after_adoption")
        return Made(found.idproduct, _details(product, adopted=True, active=found.active))

    def create() -> Made:
        draft = ProductDraft(product, vat_groups(work, lane, [product.tax_rate]))
        try:
            made = picqer.create_product(draft)
        except Refused:
            adopted = find()  # Picqer refuses a productcode that exists, with a code of any kind.
            if adopted is None:
                raise
            return adopted
        crash_point("create_product.after_post")
        services.stock.observe(account, made.free_stock)
        crash_point("create_product.after_observation")
        return Made(made.idproduct, _details(product, adopted=False, active=True))

    def on_settled(_made: Made) -> None:
        services.jobs.release_blocked(account, productcode)
        push_marked(work, f"{productcode} is at Picqer now")

    return services.ledger.once(
        product_key(account, productcode),
        owner=work.job,
        reference=None,
        look_first=False,
        find=find,
        create=create,
        on_settled=on_settled,
    )


def _details(product: Product, *, adopted: bool, active: bool) -> dict[str, object]:
    """Adopting writes nothing at Picqer: only a change after this is sent."""
    return {
        "adopted": adopted,
        "active": active,
        "fingerprint": fingerprint(product),
        "images": 0,
    }
