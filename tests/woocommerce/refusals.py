"""WooCommerce's refusals: status, code and message, as captured or as its REST v3 words them."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """What WooCommerce answers instead of doing what was asked."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = {"status": status, **data}

    @property
    def body(self) -> dict[str, Any]:
        """The error body: code, message and data."""
        return {"code": self.code, "message": self.message, "data": self.data}

    def in_batch(self, item_id: object) -> dict[str, Any]:
        """The refusal of one item of a batch, whose answer is 200 all the same (capture 020)."""
        return {"id": item_id, "error": self.body}


def invalid_parameter(name: str, code: str, message: str) -> Refusal:
    """A parameter that WordPress' own schema refuses (captures 036, 038)."""
    detail = {"code": code, "message": message, "data": None}
    return Refusal(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: message},
        details={name: detail},
    )


def not_in_enum(parameter: str, choices: list[str], item: str | None = None) -> Refusal:
    """A value that is none of the choices; `item` names the place in a list (capture 036)."""
    listed = ", ".join(choices[:-1]) + f", and {choices[-1]}"
    sentence = f"{item or parameter} is not one of {listed}."
    return invalid_parameter(parameter, "rest_not_in_enum", sentence)


def out_of_bounds(parameter: str, bounds: str) -> Refusal:
    """A number outside its bounds (capture 038)."""
    return invalid_parameter(parameter, "rest_out_of_bounds", f"{parameter} must be {bounds}")


def no_route() -> Refusal:
    """A path or method that the API does not know (WordPress REST API)."""
    message = "No route was found matching the URL and request method."
    return Refusal(404, "rest_no_route", message)


def no_order(status: int = 404) -> Refusal:
    """An order that does not exist: 404 when read (035), 400 when written (064)."""
    message = "Invalid ID." if status == 404 else "ID is invalid."
    return Refusal(status, "woocommerce_rest_shop_order_invalid_id", message)


def no_product(status: int = 404) -> Refusal:
    """A product that does not exist: 404 when read, 400 when written (020)."""
    return Refusal(status, "woocommerce_rest_product_invalid_id", "Invalid ID.")


def no_variation(status: int = 404) -> Refusal:
    """A variation that does not exist, or not of that product."""
    return Refusal(status, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")


def variation_elsewhere() -> Refusal:
    """A variation that is written as if it were a product (023)."""
    message = (
        "To manipulate product variations you should use the "
        "/products/&lt;product_id&gt;/variations/&lt;id&gt; endpoint."
    )
    return Refusal(404, "woocommerce_rest_invalid_product_id", message)


def sku_taken(sku: str, holder: int) -> Refusal:
    """A SKU that another product has already (017)."""
    message = "Invalid or duplicated SKU."
    return Refusal(400, "product_invalid_sku", message, resource_id=holder, unique_sku=f"{sku}-1")


def too_many(limit: int) -> Refusal:
    """A batch of more items than are taken at once (039)."""
    message = f"Unable to accept more than {limit} items for this request."
    return Refusal(413, "woocommerce_rest_request_entity_too_large", message)


def no_webhook(status: int) -> Refusal:
    """A webhook that does not exist (WooCommerce REST v3, webhooks)."""
    message = "Invalid ID." if status == 404 else "ID is invalid."
    return Refusal(status, "woocommerce_rest_shop_webhook_invalid_id", message)
