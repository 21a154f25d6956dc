"""The endpoints about the shop itself: webhooks, settings, taxes, customers and its state."""

from __future__ import annotations

from tests.woocommerce.books import Books
from tests.woocommerce.call import Answer, Call
from tests.woocommerce.captures import Json, answer
from tests.woocommerce.deliveries import Deliveries
from tests.woocommerce.refusals import Refusal
from tests.woocommerce.settings import OPTIONS, Option
from tests.woocommerce.webhooks import Webhook, Webhooks


class WebhooksApi:
    """Answers what is asked about webhooks."""

    def __init__(self, books: Books, webhooks: Webhooks, deliveries: Deliveries) -> None:
        self._books = books
        self._webhooks = webhooks
        self._deliveries = deliveries

    def index(self, call: Call) -> Answer:
        """A page of webhooks, the newest first; `status` active, paused or disabled."""
        status = call.choice("status", ["all", "active", "paused", "disabled"])
        backwards = call.choice("order", ["desc", "asc"]) == "desc"
        found = [each for each in self._webhooks.all.values() if status in {"all", each.status}]
        found.sort(key=lambda each: each.id, reverse=backwards)
        return call.page_of(found, lambda each: self._shown(each, call))

    def _shown(self, webhook: Webhook, call: Call) -> Json:
        return webhook.document(call.home, self._books.settings)

    def one(self, call: Call) -> Answer:
        """One webhook."""
        return Answer(self._shown(self._webhooks.get(call.ids[0]), call))

    def create(self, call: Call) -> Answer:
        """A new webhook: active whatever its ping is answered (068, 069)."""
        webhook = self._webhooks.add(call.body)
        self._deliveries.ping_later(webhook)
        return call.made(self._shown(webhook, call), f"webhooks/{webhook.id}")

    def update(self, call: Call) -> Answer:
        """A changed webhook (090)."""
        webhook = self._webhooks.get(call.ids[0])
        if self._webhooks.change(webhook, call.body):
            self._deliveries.ping_later(webhook)
        return Answer(self._shown(webhook, call))

    def delete(self, call: Call) -> Answer:
        """Remove a webhook; without `force` WooCommerce refuses."""
        if not call.flag("force"):
            message = "Webhooks do not support trashing."
            raise Refusal(501, "woocommerce_rest_trash_not_supported", message)
        webhook = self._webhooks.get(call.ids[0], 404)
        del self._webhooks.all[webhook.id]
        return Answer(self._shown(webhook, call))


class ShopApi:
    """Answers what is asked about the shop, and about a customer."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def system_status(self, call: Call) -> Answer:
        """The state of the shop, as captured (001), with this shop's address and currency."""
        state: Json = answer("001")
        state["environment"] |= {"home_url": call.home, "site_url": call.home}
        state["settings"]["currency"] = self._books.settings.currency
        return Answer(call.fields(state))

    def taxes(self, call: Call) -> Answer:
        """A page of the tax table; `class` names one class, `standard` the standard one."""
        wanted = call.text("class")
        url = f"{call.home}/wp-json/wc/v3/taxes"
        rates = [rate for rate in self._books.taxes.rates
                 if wanted in {"", rate.tax_class or "standard"}]  # fmt: skip
        return call.page_of(rates, lambda rate: rate.document(url))

    def customer(self, call: Call) -> Answer:
        """One customer (WooCommerce REST v3, customers)."""
        customer = self._books.customers.get(call.ids[0])
        if customer is None:
            raise Refusal(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
        return Answer(call.fields(customer.document(call.home, self._books.settings)))

    def settings(self, call: Call) -> Answer:
        """All options of a group (WooCommerce REST v3, setting options)."""
        found = self._group(call.path.split("/")[-1])
        return Answer([call.fields(self._shown(option, call)) for option in found])

    def setting(self, call: Call) -> Answer:
        """One option of a group."""
        group, name = call.path.split("/")[-2:]
        for option in self._group(group):
            if option.id == name:
                return Answer(call.fields(self._shown(option, call)))
        raise Refusal(404, "rest_setting_setting_invalid", "Invalid setting.")

    @staticmethod
    def _group(group: str) -> list[Option]:
        found = [option for option in OPTIONS if option.group == group]
        if not found:
            message = "Invalid setting group."
            raise Refusal(404, "rest_setting_setting_group_invalid", message)
        return found

    def _shown(self, option: Option, call: Call) -> Json:
        return option.document(self._books.settings, call.home)
