"""What is outside in the games: a slow Picqer, a shop whose answers are lost, unheard nudges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from integration.errors import Ambiguous
from integration.jobs import Hint
from integration.ports import Call, Message, OrderDraft
from integration.testing.picqer import FakePicqer
from integration.testing.wake_up import RecordedWakeUp
from tests.states.peril import Act, Peril, ProcessDied

if TYPE_CHECKING:
    from tests.states.realm import Realm

A_WRITE = Call("POST", "/create_order", True)


class Young(set[int]):
    """The idorders that lists do not show yet, because Picqer's lists lag behind."""

    def __init__(self, realm: Realm) -> None:
        super().__init__()
        self._realm = realm

    def __contains__(self, idorder: object) -> bool:
        books = self._realm.world.picqer.books
        created = books.orders[int(str(idorder))].created
        made = datetime.fromisoformat(created).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
        age = self._realm.clock.now() - made.astimezone(UTC)
        return age < timedelta(seconds=self._realm.lag)


class Nudges(RecordedWakeUp):
    """A queue before which a process may die: then nobody hears of what was committed."""

    peril: Peril | None = None

    def nudge(self, message: Message) -> None:
        if self.peril is not None:
            self.peril.cross("nudge")
        super().nudge(message)


class Unsteady:
    """A client of Picqer of which one write in flight may be carried out long after its sender."""

    def __init__(self, client: FakePicqer, realm: Realm) -> None:
        self._client = client
        self._realm = realm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_order(self, draft: OrderDraft) -> Any:
        late = self._realm.take_late()
        if late is Act.NOTHING:
            return self._client.create_order(draft)
        self._client._guard.before(A_WRITE, 12.0)
        self._realm.carry_out_later(lambda: FakePicqer(self._client.books).create_order(draft))
        if late is Act.DIE:
            raise ProcessDied
        raise Ambiguous("no answer came")


class Hasty:
    """A client of the shop that notes which shipments the shop was to mail the customer of."""

    def __init__(self, client: Any, realm: Realm) -> None:
        self._client = client
        self._realm = realm

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in ("ship", "complete", "set_stock"):
            return found

        def write(*words: Any) -> Any:
            answer = found(*words)
            if name == "ship" and words[1].notify_customer:
                self._realm.notified.append((words[0], words[1].shipment_key))
            if self._realm.lost_answers.pop(name, False):
                raise Ambiguous(f"the answer to {name} was lost")
            return answer

        return write


class Way(StrEnum):
    """What becomes of a webhook."""

    AT_ONCE = "at once"
    LATER = "later"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the outside tells: by whom, and what the door finds in it."""

    number: int
    source: str
    hint: Hint
