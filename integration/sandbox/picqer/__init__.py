"""A simulated Picqer over HTTP, after its public documentation, with faults one can switch on."""

from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.control import Control
from integration.sandbox.picqer.demo import seed_account, seed_demo
from integration.sandbox.picqer.faults import Fault
from integration.sandbox.picqer.server import SandboxPicqer, serve
from integration.sandbox.picqer.tuning import Tuning

__all__ = [
    "Books",
    "Control",
    "Fault",
    "SandboxPicqer",
    "Tuning",
    "seed_account",
    "seed_demo",
    "serve",
]
