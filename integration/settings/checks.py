"""What must hold between settings: connectors, accounts, references that cannot collide.

These look at the raw tree, so that they speak up together with every mistake in a single value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from string import Formatter
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from integration import webshops
from integration.secure_url import is_loopback
from integration.settings.mistakes import KeyPath, Mistake, of_validation, suggestion
from integration.settings.tables import Shop, Table

Origin = Callable[[KeyPath], str]

EXAMPLES = ("replace-with", "whsec_cmVwbGFjZS13aXRo")
"""How the secrets in bridge.example.toml and .env.example begin."""
SHOP_NAMES = tuple(sorted(Shop.model_fields.keys() - {"connector", "connector_settings"}))


class Unchosen(Table):
    """What stands in for a connector's settings while the mistakes are gathered."""


def fields_of(model: type[BaseModel] | None) -> tuple[str, ...]:
    """The names that a table of this model may hold."""
    if model is None:
        return ()
    return SHOP_NAMES if model is Shop else tuple(sorted(model.model_fields))


def connector_settings(name: str) -> type[BaseModel] | None:
    """The settings model of an installed connector; None when there is no such connector."""
    return webshops.find(name).settings if name in webshops.names() else None


def tables_in(tree: Mapping[str, object], name: str) -> dict[str, dict[str, object]]:
    """The tables inside ``picqer`` or ``shops``, leaving out what is no table."""
    outer = tree.get(name)
    if not isinstance(outer, dict):
        return {}
    return {str(key): table for key, table in outer.items() if isinstance(table, dict)}


def choose_connectors(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """Turn the connector's table of each shop, in place, into a validated model."""
    for shop, table in tables_in(tree, "shops").items():
        for ours in ("connector", "connector_settings"):
            if table.pop(ours, None) is not None:
                place = ("shops", shop, ours)
                yield Mistake(".".join(place), "there is no such setting", origin(place))
        found = [key for key in table if key not in SHOP_NAMES and isinstance(table[key], dict)]
        known = [key for key in found if key in webshops.names()]
        for key in found:
            if key not in known:
                names = (*webshops.names(), *SHOP_NAMES)
                text = "there is no such connector or setting" + suggestion(key, names)
                yield Mistake(f"shops.{shop}.{key}", text, origin(("shops", shop, key)))
        yield from _wrong_count(shop, found, known, origin)
        values = {key: table.pop(key) for key in found}
        table["connector"], table["connector_settings"] = "", Unchosen()
        if len(known) == 1:
            yield from _validate(shop, known[0], values[known[0]], table, origin)


def _wrong_count(
    shop: str, found: list[str], known: list[str], origin: Origin
) -> Iterator[Mistake]:
    place = f"shops.{shop}"
    if not found:
        names = " or ".join(f"[{place}.{name}]" for name in webshops.names())
        text = f"has no connector: add a table {names}"
        yield Mistake(place, text, origin(("shops", shop)))
    if len(known) > 1:
        text = f"has more than one connector ({', '.join(known)}): keep one"
        yield Mistake(place, text, origin(("shops", shop)))


def _validate(
    shop: str, name: str, values: object, table: dict[str, object], origin: Origin
) -> Iterator[Mistake]:
    model = webshops.find(name).settings
    table["connector"] = name
    try:
        table["connector_settings"] = model.model_validate(values)
    except ValidationError as error:
        yield from of_validation(error, ("shops", shop, name), origin, lambda _: fields_of(model))


def check_accounts(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """Each account has one address; each shop names an account that exists."""
    accounts = tables_in(tree, "picqer")
    for name, table in accounts.items():
        if ("subdomain" in table) == ("base_url" in table):
            place = ("picqer", name)
            yield Mistake(
                ".".join(place), "needs subdomain (or base_url), one of the two", origin(place)
            )
    for shop, table in tables_in(tree, "shops").items():
        account = table.get("picqer")
        if account is None and len(accounts) != 1:
            text = "must name one of the Picqer accounts: " + (", ".join(accounts) or "none is set")
            yield Mistake(f"shops.{shop}.picqer", text)
        elif isinstance(account, str) and account not in accounts:
            text = f"there is no account {account!r}" + suggestion(account, list(accounts))
            yield Mistake(f"shops.{shop}.picqer", text, origin(("shops", shop, "picqer")))
    if accounts and not tree.get("public_url"):
        text = "is missing: Picqer and the shops need it to reach the door"
        yield Mistake("public_url", text)


def check_crash_points(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """A process kills itself only where nothing is real: every account is on this machine."""
    if not tree.get("crash_points"):
        return
    for name, table in tables_in(tree, "picqer").items():
        host = urlsplit(str(table.get("base_url", ""))).hostname
        if not is_loopback(host or ""):
            text = (
                f"kills processes on purpose, and account {name} is not a sandbox on this machine: "
                "take this setting away"
            )
            yield Mistake("crash_points", text, origin(("crash_points",)))


def check_console(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """A viewer beside an operator, and two names for the two."""
    console = tree.get("console")
    if not isinstance(console, dict) or console.get("viewer_password") is None:
        return
    if console.get("password") is None:
        text = "needs console.password too: else everybody on this machine is an operator"
        yield Mistake("console.viewer_password", text, origin(("console", "viewer_password")))
    if console.get("user", "admin") == console.get("viewer_user", "viewer"):
        text = "is the operator's name too: give the viewer another"
        yield Mistake("console.viewer_user", text, origin(("console", "viewer_user")))


def check_examples(tree: object, origin: Origin, place: KeyPath = ()) -> Iterator[Mistake]:
    """No secret is the one of the examples: everybody knows those."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from check_examples(value, origin, (*place, str(name)))
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from check_examples(value, origin, place)
    elif str(_plain(tree)).startswith(EXAMPLES):
        text = "is still the example's, which everybody knows: put your own there"
        yield Mistake(".".join(place), text, origin(place))


def _plain(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def check_mail(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """A shop whose customers we mail needs a mail server, which is not spoken to in the clear."""
    mail = tree.get("mail")
    mail = mail if isinstance(mail, dict) else {}
    in_the_clear = mail.get("security") == "none"
    if in_the_clear and not is_loopback(str(mail.get("host", "localhost"))):
        text = "is for a mail server on this machine itself only; use starttls or tls"
        yield Mistake("mail.security", text, origin(("mail", "security")))
    ready = mail.get("host") and mail.get("sender")
    for shop, table in tables_in(tree, "shops").items():
        if table.get("customer_mail") == "bridge" and not ready:
            place = ("shops", shop, "customer_mail")
            yield Mistake(".".join(place), "needs mail.host and mail.sender", origin(place))


def check_references(tree: Mapping[str, object], origin: Origin) -> Iterator[Mistake]:
    """No two shops of one account can make the same order reference."""
    accounts = tables_in(tree, "picqer")
    only = next(iter(accounts)) if len(accounts) == 1 else None
    shops = tables_in(tree, "shops")
    for one, other in combinations(sorted(shops), 2):
        first, second = shops[one], shops[other]
        account = first.get("picqer", only)
        if account is None or account != second.get("picqer", only):
            continue
        templates = [str(shop.get("reference", "{number}")) for shop in (first, second)]
        if can_collide((one, templates[0]), (other, templates[1])):
            text = (
                f"can be the same as one of shop {one}, and both ship through account {account}; "
                "put {shop}- before the number, or other text that differs"
            )
            place = ("shops", other, "reference")
            yield Mistake(".".join(place), text, origin(place))


Token = str | None
"""One character of a reference, or None for one digit or more."""


def can_collide(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two (shop, template) can make the same reference, for numbers and ids of digits.

    A shop whose order numbers hold letters too is caught at the ledger, which parks the second
    order of one reference. Capitals do not count as a difference, as a search may ignore them.
    """
    try:
        left, right = _tokens(*one), _tokens(*other)
    except ValueError:
        return False
    seen: set[tuple[int, int]] = set()
    ahead = [(0, 0)]
    while ahead:
        at = ahead.pop()
        if at in seen:
            continue
        seen.add(at)
        if at == (len(left), len(right)):
            return True
        if at[0] < len(left) and at[1] < len(right):
            ahead += _steps(left[at[0]], right[at[1]], *at)
    return False


def _steps(left: Token, right: Token, i: int, j: int) -> list[tuple[int, int]]:
    """Where one common character leads; after a digit a run of digits may go on or end."""
    if left is None and right is None:
        return [(i + 1, j + 1), (i + 1, j), (i, j + 1)]
    if left is None:
        return [(i + 1, j + 1), (i, j + 1)] if right is not None and right.isdigit() else []
    if right is None:
        return [(i + 1, j + 1), (i + 1, j)] if left.isdigit() else []
    return [(i + 1, j + 1)] if left == right else []


def _tokens(shop: str, template: str) -> list[Token]:
    """The template as single characters and runs of digits."""
    tokens: list[Token] = []
    for literal, name, _, _ in Formatter().parse(template):
        tokens += list(literal.casefold())
        if name == "shop":
            tokens += list(shop)
        elif name is not None:
            tokens.append(None)
    return tokens
