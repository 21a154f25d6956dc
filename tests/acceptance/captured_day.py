"""What Picqer ought to hold when the captured day of a WooCommerce shop is over."""

from __future__ import annotations

from tests.acceptance.woocommerce_installation import PADS, SHIPPING

STOCK = {"KOF-ETH-1000": 40, "MOL-ZAS": 20, "TSH-S": 10, "TSH-M": 10, "TSH-L": 10}
"""The pieces that are counted at Picqer of what the shop sold that day."""
NAMES = {
    "KOF-ETH-1000": "Koffiebonen Ethiopië 1 kg",
    "MOL-ZAS": "Handmolen “Zassenhaus”",
    "TSH-S": "T-shirt Koffie - S",
    "TSH-M": "T-shirt Koffie - M",
    "TSH-L": "T-shirt Koffie - L",
    PADS: "Koffiepads",
    SHIPPING: "Shipping",
}
ORDERED = {
    "19": ({"MOL-ZAS": 7, SHIPPING: 1}, "471.53"),
    "22": ({"KOF-ETH-1000": 3, "TSH-S": 1, SHIPPING: 1}, "75.70"),
    "27": ({"KOF-ETH-1000": 1}, "16.97"),
    "28": ({"KOF-ETH-1000": 1}, "16.97"),
    "29": ({"KOF-ETH-1000": 1}, "16.97"),
}
"""What of the captured orders is to be shipped, and what was paid for it and its shipping,
excluding VAT. Of 19 one of eight mills came back (528.60 - 66.07 + 9.00), and its voucher is
virtual. The others were cancelled, completed, thrown away or deleted before the day was over."""
CUSTOMERS = {
    "19": {"deliveryname": "Müller & Söhne GmbH", "deliverycontactname": "Jörg Müller",
           "deliverycountry": "DE", "invoicename": "Jasmijn van \u2019t Hof",
           "invoiceaddress": "Prinsengracht 263-B", "invoiceaddress2": "2 hoog",
           "telephone": "+49301234567", "emailaddress": "jasmijn@voorbeeld.test"},
    "22": {"deliveryname": "Søren Ærø-Ødegård", "deliverycity": "'s-Hertogenbosch",
           "deliveryzipcode": "5211 KM", "telephone": "073-1234567",
           "emailaddress": "soren@voorbeeld.test", "customer_remarks": "Bel aan bij 12b"},
    "29": {"deliveryname": "Cron Latentie", "deliverycountry": "NL",
           "emailaddress": "cron@voorbeeld.test"},
}  # fmt: skip
