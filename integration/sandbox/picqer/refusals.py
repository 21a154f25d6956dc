"""Picqer's error codes and the answers that carry them (picqer.com/en/api/response-codes)."""

from integration.sandbox.picqer.wire import Json

MESSAGES = {
    1: "Unknown application error",
    5: "Missing parameters",
    7: "Resource not found",
    8: "Not implemented",
    9: "Invalid country code",
    10: "Invalid address",
    12: "Invalid customer for order",
    13: "Order has no products",
    14: "Unknown vatgroup",
    15: "No product given",
    16: "Invalid amount",
    17: "Product not found on picklist",
    18: "Amount too high",
    20: "Item not found",
    21: "Item not found or in the wrong status",
    22: "Invalid JSON",
    23: "Order product has no idproduct or amount",
    24: "Ordered product does not exist",
    25: "Customer does not exist",
    26: "Cannot create shipment",
    28: "Rate limit exceeded",
    29: "Monthly order limit reached",
    30: "Order cannot be changed, it is being processed",
    32: "Order already closed",
    33: "Order products cannot be changed, order is already processed",
}

# Picqer documents no pairs of status and code; only 28 with 429 and 20 with 404 were seen.
STATUSES = {1: 500, 7: 404, 8: 404, 20: 404, 28: 429}


class Refusal(Exception):
    """A request that Picqer turns down with a status and an error_code."""

    def __init__(self, error_code: int, detail: str = "", *, status: int | None = None) -> None:
        self.error_code = error_code
        self.status = status or STATUSES.get(error_code, 400)
        self.message = detail or MESSAGES[error_code]
        super().__init__(f"{self.status} code {error_code}: {self.message}")

    def body(self) -> Json:
        """Return the error body as Picqer words it."""
        return error_body(self.error_code, self.message)


def error_body(error_code: int, message: str) -> Json:
    """Return Picqer's error body for a code and a message."""
    return {"error": True, "error_code": error_code, "error_message": message}
