"""Endpoints of hooks (picqer.com/en/api/webhooks): there is no PUT, and DELETE only deactivates."""

from integration.sandbox.picqer import hooks, shapes
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.endpoints.call import Answer, Call, Endpoint


def list_hooks(books: Books, call: Call) -> Answer:
    """Hooks, active or not."""
    return call.page(call.seen(books, books.hooks), shapes.hook)


def get_hook(books: Books, call: Call) -> Answer:
    """One hook."""
    return Answer(shapes.hook(call.find(books.hooks, "idhook")))


def post_hook(books: Books, call: Call) -> Answer:
    """A new hook for one event at one address."""
    return Answer(shapes.hook(hooks.subscribe(books, call.json())), 201)


def delete_hook(books: Books, call: Call) -> Answer:
    """Switch a hook off; the row remains."""
    call.find(books.hooks, "idhook").active = False
    return Answer(None, 204)


def reactivate(books: Books, call: Call) -> Answer:
    """Switch a hook on again."""
    hook = call.find(books.hooks, "idhook")
    hooks.reactivate(books, hook)
    return Answer(shapes.hook(hook))


ENDPOINTS: list[Endpoint] = [
    ("GET", "/hooks", list_hooks),
    ("POST", "/hooks", post_hook),
    ("GET", "/hooks/{idhook:int}", get_hook),
    ("DELETE", "/hooks/{idhook:int}", delete_hook),
    ("POST", "/hooks/{idhook:int}/reactivate", reactivate),
]
