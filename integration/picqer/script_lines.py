"""Connections over which one script is run, some of them without waiting for the answer.

A caller that only tells something need not wait until Redis has worked it in: the answer is read
before the connection is used again, and commands on one connection are run in their order.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

import redis

MOST_IDLE = 16
"""Connections kept for later; more are only open while as many threads ask at once."""


class Connection(Protocol):
    """The part of a connection of the client library that is used here."""

    def send_command(self, *words: str | int) -> None:
        """Send one command. Raises redis.RedisError."""

    def read_response(self) -> object:
        """Wait for the answer to the oldest command. Raises redis.RedisError."""

    def disconnect(self) -> None:
        """Close the socket."""


class ScriptLines:
    """Connections of a client, apart from those of its pool that others use. Safe for threads.

    The last one used is used first, so that what one thread does is run in its order.
    """

    def __init__(self, client: redis.Redis) -> None:
        """Connect to nothing yet."""
        self._pool = client.connection_pool
        self._idle: deque[_Line] = deque()
        self._process = os.getpid()

    def run(self, script: Script, arguments: Sequence[str]) -> str:
        """Run the script and return its answer. Raises redis.RedisError.

        A connection that broke while it was idle, as after a restart of Redis, is replaced once.
        """
        try:
            return self._run(script, arguments)
        except redis.ConnectionError:
            self._drop_idle()
            return self._run(script, arguments)

    def tell(self, script: Script, arguments: Sequence[str]) -> bool:
        """Send the script and leave its answer unread. False when nothing was sent.

        Only a connection over which Redis has run the script before is good enough: a new Redis may
        not know it, and nobody would hear of that.
        """
        line = self._idle_line()
        if line is None:
            return False
        if not line.knows(script):
            self._put(line)
            return False
        try:
            line.settle()
            line.send("EVALSHA", script.digest, script.keys, arguments)
        except redis.RedisError:
            line.close()
            return False
        line.unread = True
        self._put(line)
        return True

    def _run(self, script: Script, arguments: Sequence[str]) -> str:
        line = self._idle_line() or _Line(self._pool.get_connection())
        try:
            line.settle()
            answer = line.run(script, arguments)
        except BaseException:
            # Half a conversation must not be taken up by the next caller.
            line.close()
            raise
        self._put(line)
        return answer

    def _idle_line(self) -> _Line | None:
        if self._process != os.getpid():
            # A forked child must not speak on the connections of its parent.
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _put(self, line: _Line) -> None:
        self._idle.append(line)
        if len(self._idle) > MOST_IDLE:
            self._idle.popleft().close()

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


class Script:
    """A script by its text, and the name under which Redis keeps it."""

    def __init__(self, text: str, keys: Sequence[str]) -> None:
        """``keys`` are what every run of it is given."""
        self.text = text
        self.keys = tuple(keys)
        self.digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Line:
    """One connection; ``unread``: it owes the answer to what was told."""

    def __init__(self, connection: Connection) -> None:
        self.unread = False
        self._connection = connection
        self._known: set[str] = set()

    def knows(self, script: Script) -> bool:
        return script.digest in self._known

    def settle(self) -> None:
        """Read what is owed. An error of the script, or its loss, is told to nobody: a permit that
        was not handed in is freed later, never sooner."""
        if not self.unread:
            return
        self.unread = False
        try:
            self._connection.read_response()
        except redis.ResponseError:
            self._known.clear()

    def run(self, script: Script, arguments: Sequence[str]) -> str:
        try:
            self.send("EVALSHA", script.digest, script.keys, arguments)
            answer = self._connection.read_response()
        except redis.exceptions.NoScriptError:
            self.send("EVAL", script.text, script.keys, arguments)
            answer = self._connection.read_response()
        self._known.add(script.digest)
        return str(answer)

    def send(self, command: str, what: str, keys: Sequence[str], arguments: Sequence[str]) -> None:
        self._connection.send_command(command, what, len(keys), *keys, *arguments)

    def close(self) -> None:
        self._connection.disconnect()


_LINES: WeakKeyDictionary[redis.Redis, ScriptLines] = WeakKeyDictionary()


def lines_of(client: redis.Redis) -> ScriptLines:
    """The lines of this client: all limiters that share it share them."""
    return _LINES.setdefault(client, ScriptLines(client))
