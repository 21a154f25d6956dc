"""WooCommerce's REST API over HTTP: every request to a shop goes through here.

A reading has an address of its own, by a parameter that WordPress ignores, so that no cache has an
answer to it; see ``caches``. What refusals mean is said in ``refusals``.
Source: WooCommerce REST v3; seen in WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from requests.auth import AuthBase

from integration.errors import BridgeError, Evidence, LockedOut, NotFound, Refused, Unavailable
from integration.http import Answer, HttpClient, NoAuth, ServerClock
from integration.ports import CallGuard, Clock
from integration.webshops.woocommerce.caches import FRESH_HEADERS, FRESH_PARAMETER, fresh_token
from integration.webshops.woocommerce.keys import auth_of
from integration.webshops.woocommerce.refusals import ROOT, NoRoute, Refusals, Said, WrongParameter
from integration.webshops.woocommerce.settings import WooCommerceSettings

__all__ = ["NoRoute", "Query", "ShopRest", "WrongParameter"]

Query = Mapping[str, str | int]


class ShopRest:
    """The REST API of one shop under one guard; ``clock`` is the shop's.

    Paths begin after ``/wp-json/wc/v3``. Every method raises NotFound for what WooCommerce says
    is not there, LockedOut when the key is refused (KeyRefused), something keeps us out (KeptOut)
    or the shop's address has moved (Moved), NoRoute when the shop knows no such address, Cached
    when a cache answered, WrongParameter, and what ``HttpClient`` raises.
    """

    def __init__(
        self,
        settings: WooCommerceSettings,
        shop: str,
        guard: CallGuard,
        clock: Clock,
        *,
        token: Callable[[], str] = fresh_token,
    ) -> None:
        """Talk to the shop of these settings; ``shop`` is its name in the settings.

        ``token`` gives what makes the address of a reading like no other.
        """
        self.shop = shop
        self.name = f"shop {shop}"
        self.url = settings.url
        self.deadline = float(settings.timeout_seconds)
        self.guard = guard
        self.clock = ServerClock(clock)
        self._auth = auth_of(settings)
        self._token = token
        self._refusals = Refusals(shop)

    def get(self, path: str, query: Query | None = None) -> Answer:
        """Read."""
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object) -> Answer:
        """Create, or write a batch."""
        return self.send("POST", path, body=body)

    def put(self, path: str, body: object) -> Answer:
        """Change."""
        return self.send("PUT", path, body=body)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        writes: bool | None = None,
    ) -> Answer:
        """One request. ``writes`` False says that it changes nothing whatever its method."""
        reads, said = method == "GET", Said()
        if reads:
            query = {FRESH_PARAMETER: self._token(), **(query or {})}
        client = self._client(self._auth, said, FRESH_HEADERS if reads else {})
        try:
            answer = client.request(method, ROOT + path, params=query, json=body, writes=writes)
        except (LockedOut, NotFound, Refused, Unavailable) as error:
            raise self._refusals.reworded(error, said, reads=reads) from None
        evidence = Evidence(method, ROOT + path, answer.status)
        cached = self._refusals.cached(evidence, answer.headers) if reads else None
        if cached is not None:
            raise cached
        self.clock.heard(answer)
        return answer

    def shows_strangers(self, path: str, query: Query) -> bool:
        """Whether this address is answered to somebody without a key, as only a cache would.

        The guard is told of a refusal, so it must be one that does not mind.
        """
        client = self._client(NoAuth(), Said(), {})
        try:
            client.request("GET", ROOT + path, params=query)
        except BridgeError:
            return False
        return True

    def document(self, path: str, query: Query | None = None) -> dict[str, object]:
        """Read one object."""
        return self.document_in(self.get(path, query), path)

    def document_in(self, answer: Answer, path: str) -> dict[str, object]:
        """The object of an answer. Raises Unavailable when it is none."""
        if not isinstance(answer.data, dict):
            raise Unavailable(f"{self.name}: {path}: the answer is no JSON object")
        return answer.data

    def rows(self, path: str, query: Query | None = None) -> list[object]:
        """Read one list."""
        return self.rows_in(self.get(path, query), path)

    def rows_in(self, answer: Answer, path: str) -> list[object]:
        """The list of an answer. Raises Unavailable when it is none."""
        if not isinstance(answer.data, list):
            raise Unavailable(f"{self.name}: {path}: the answer is no JSON list")
        return answer.data

    def _client(self, auth: AuthBase, said: Said, headers: Mapping[str, str]) -> HttpClient:
        return HttpClient(
            name=self.name,
            base_url=self.url,
            auth=auth,
            guard=self.guard,
            headers=headers,
            deadline=self.deadline,
            read_error=said.read,
            listen=said.hear,
        )
