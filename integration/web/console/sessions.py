"""Who is signed in: a signed cookie, the token of its forms, and sessions that were ended.

The signing key is made of a random part that the store keeps and of the passwords in force: a copy
of the store alone cannot sign, nor can a viewer find out the operator's password from a cookie,
and a changed password ends every session.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from integration.ports import Bookmarks, Store
from integration.web.console.access import NOBODY, THIS_MACHINE, Access, Person, Role

SCOPE = "console"
MOST_ENDED = 5000
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor's session. ``began_at`` is in epoch seconds; ``token`` goes into its forms."""

    id: str
    person: Person
    began_at: float
    token: str

    def accepts(self, token: str) -> bool:
        """Whether a form that carries this token was made for this session; in constant time."""
        return secrets.compare_digest(token.encode("utf-8", "replace"), self.token.encode())


class Sessions:
    """Makes, reads and ends sessions. ``now`` tells the epoch seconds."""

    def __init__(
        self, access: Access, bookmarks: Bookmarks, store: Store, now: Callable[[], float]
    ) -> None:
        """Nothing is asked of the store before a session is needed."""
        self._access = access
        self._bookmarks = bookmarks
        self._store = store
        self._now = now
        self._own_key = secrets.token_bytes(KEY_BYTES)

    def begin(self, person: Person) -> tuple[Session, str]:
        """A new session of this person, and the cookie's value."""
        session_id, began_at = secrets.token_urlsafe(18), self._now()
        content = {"id": session_id, "name": person.name, "role": int(person.role), "at": began_at}
        key = self._key()
        cookie = _serializer(key).dumps(content)
        return Session(session_id, person, began_at, _token(key, session_id)), str(cookie)

    def visitor(self) -> Person:
        """Whoever comes without a session."""
        return THIS_MACHINE if self._access.is_open else NOBODY

    def read(self, cookie: str) -> Session | None:
        """The session of this cookie; None when it is forged, too old, or was ended."""
        key = self._key()
        try:
            content = _serializer(key).loads(cookie)
        except BadSignature:
            return None
        session = Session(
            id=str(content["id"]),
            person=Person(str(content["name"]), Role(content["role"])),
            began_at=float(content["at"]),
            token=_token(key, str(content["id"])),
        )
        age = self._now() - session.began_at
        is_over = not 0 <= age < self._access.session_seconds
        return None if is_over or session.id in self._ended() else session

    def end(self, session: Session) -> None:
        """Nobody may use this session's cookie any more, whoever has a copy of it."""
        if self._access.is_open:
            return
        with self._store.transaction():
            until = session.began_at + self._access.session_seconds
            ended = {key: at for key, at in self._ended().items() if at > self._now()}
            ended[session.id] = until
            newest = sorted(ended.items(), key=lambda one: one[1])[-MOST_ENDED:]
            self._bookmarks.set(SCOPE, "ended_sessions", dict(newest))

    def _ended(self) -> Mapping[str, float]:
        if self._access.is_open:
            return {}
        kept = self._bookmarks.get(SCOPE, "ended_sessions")
        return kept[0] if kept is not None and isinstance(kept[0], dict) else {}

    def _key(self) -> bytes:
        """Without passwords there is one process that listens, and its key need not be kept."""
        if self._access.is_open:
            return self._own_key
        passwords = "\0".join(login.password.get_secret_value() for login in self._access.logins)
        return hmac.digest(bytes.fromhex(self._kept_key()), passwords.encode(), hashlib.sha256)

    def _kept_key(self) -> str:
        kept = self._bookmarks.get(SCOPE, "session_key")
        if kept is None:
            # Several web processes may begin at once: what is read back is what they all use.
            self._bookmarks.set(SCOPE, "session_key", self._own_key.hex())
            kept = self._bookmarks.get(SCOPE, "session_key")
        return str(kept[0]) if kept is not None else self._own_key.hex()


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        key,
        salt="session",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _token(key: bytes, session_id: str) -> str:
    return hmac.new(key, f"form {session_id}".encode(), hashlib.sha256).hexdigest()
