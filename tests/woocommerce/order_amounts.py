"""How the lines of an order get their amounts: prices, coupons and VAT."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from itertools import cycle

from tests.woocommerce.lines import Coupon, CouponLine, FeeLine, LineItem
from tests.woocommerce.money import CENT, ZERO, cents, sixths
from tests.woocommerce.orders import Order
from tests.woocommerce.products import Product
from tests.woocommerce.settings import Settings
from tests.woocommerce.tax import Taxes, TaxRate, TaxTable


class OrderAmounts:
    """Computes as the shop with these settings and this tax table does."""

    def __init__(self, settings: Settings, taxes: TaxTable) -> None:
        self._settings = settings
        self._taxes = taxes

    def net(self, product: Product, quantity: int) -> Decimal:
        """What that many pieces cost excluding VAT: the base country's VAT is taken out."""
        together = Decimal(product.price or 0) * quantity
        if not self._inclusive or not product.taxable:
            return together
        rates = self._taxes.of(product.tax_class, self._settings.country)
        return together - self._taxes.in_gross(together, rates)

    @property
    def _inclusive(self) -> bool:
        return self._settings.calc_taxes and self._settings.prices_include_tax

    def tax(self, order: Order) -> None:
        """Put VAT on every line anew."""
        for line in order.lines:
            rates = self._rates(order, line.tax_class) if line.tax_status == "taxable" else []
            line.taxes = self._taxes.on_net(line.total, rates)
            line.subtotal_taxes = self._taxes.on_net(line.subtotal, rates)
        for parcel in order.shipping_lines:
            rates = self._shipping_rates(order) if parcel.tax_status == "taxable" else []
            parcel.taxes = self._taxes.on_net(parcel.total, rates)
        for fee in order.fees:
            fee.taxes = self._fee_taxes(order, fee)

    def _rates(self, order: Order, tax_class: str) -> list[TaxRate]:
        if not self._settings.calc_taxes:
            return []
        return self._taxes.of(tax_class, order.tax_country(self._settings.country))

    def _shipping_rates(self, order: Order) -> list[TaxRate]:
        """Shipping follows the goods: the standard class when one of them has it."""
        if not self._settings.calc_taxes:
            return []
        classes = sorted({line.tax_class for line in order.lines if line.tax_status == "taxable"})
        country = order.tax_country(self._settings.country)
        return self._taxes.of(classes[0], country, shipping=True) if classes else []

    def _fee_taxes(self, order: Order, fee: FeeLine) -> Taxes:
        """A discount that is entered as a negative fee is spread over the classes of the rest."""
        if fee.tax_status != "taxable":
            return {}
        if fee.total >= 0:
            return self._taxes.on_net(fee.total, self._rates(order, fee.tax_class))
        costs: dict[str, Decimal] = {}
        rest: list[LineItem | FeeLine] = [*order.lines, *order.fees]
        for line in (each for each in rest if each.total > 0):
            costs[line.tax_class] = costs.get(line.tax_class, ZERO) + line.total
        together = sum(costs.values(), ZERO)
        taxes: Taxes = {}
        for tax_class, cost in costs.items():
            share = fee.total * cost / together if together else ZERO
            for rate, tax in self._taxes.on_net(share, self._rates(order, tax_class)).items():
                taxes[rate] = taxes.get(rate, ZERO) + tax
        return taxes

    def discount(self, order: Order, coupon: Coupon, line_id: int) -> None:
        """Take the coupon off the goods, to the cent and in the way prices are entered."""
        prices = {line.id: self._price(order, line) for line in order.lines}
        off = shares(prices, coupon)
        net_off = ZERO
        for line in order.lines:
            amount = off[line.id]
            if order.prices_include_tax and line.tax_status == "taxable":
                amount -= self._taxes.in_gross(amount, self._rates(order, line.tax_class))
            amount = min(amount, line.total)
            line.total -= amount
            net_off += amount
        together = sum(off.values(), ZERO)
        gross = together if order.prices_include_tax else net_off
        order.coupons.append(
            CouponLine(
                id=line_id,
                coupon=coupon,
                discount=cents(net_off),
                discount_tax=cents(gross) - cents(net_off),
            )
        )
        self.tax(order)

    def _price(self, order: Order, line: LineItem) -> Decimal:
        """What a coupon is taken off: the line as the customer sees its price."""
        if not order.prices_include_tax:
            return cents(line.total)
        rates = self._rates(order, line.tax_class) if line.tax_status == "taxable" else []
        return cents(line.total + sum(self._taxes.on_net(line.total, rates).values(), ZERO))


def shares(prices: dict[int, Decimal], coupon: Coupon) -> dict[int, Decimal]:
    """What each line gets off: floored to cents, and the cents left over one line after another."""
    together = sum(prices.values(), ZERO)
    if coupon.percent is None:
        wanted = min(coupon.amount, together)
    else:
        wanted = cents(together * coupon.percent / 100)
    part = wanted / together if together else ZERO
    off = {line: sixths(price * part).quantize(CENT, ROUND_FLOOR) for line, price in prices.items()}
    left = wanted - sum(off.values(), ZERO)
    for line in cycle(off):
        if left < CENT:
            break
        off[line] += CENT
        left -= CENT
    return off
