"""Requests to the outside: total deadlines, bounded answers, and one table of what went wrong."""

from integration.http.auth import BasicAuth, BearerAuth, NoAuth
from integration.http.client import Answer, HttpClient
from integration.http.error_body import ErrorBody, read_error_body
from integration.http.passage import FreePassage, Passage
from integration.http.pictures import fetch_picture
from integration.http.server_clock import ServerClock
from integration.http.table import error_of, error_of_exception
from integration.http.transport import forget_session
from integration.http.wording import without_personal_data

__all__ = [
    "Answer",
    "BasicAuth",
    "BearerAuth",
    "ErrorBody",
    "FreePassage",
    "HttpClient",
    "NoAuth",
    "Passage",
    "ServerClock",
    "error_of",
    "error_of_exception",
    "fetch_picture",
    "forget_session",
    "read_error_body",
    "without_personal_data",
]
