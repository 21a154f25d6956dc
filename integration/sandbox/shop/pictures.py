"""The product pictures of the demo shop: one grey dot under any name, as a public PNG."""

import base64

from fastapi import APIRouter
from starlette.responses import Response

GREY_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


class Pictures:
    """Answers `GET /pictures/{name}.png`, which is no part of the contract and asks no token."""

    def __init__(self) -> None:
        self.router = APIRouter()
        self.router.add_api_route("/pictures/{name}.png", self.show, methods=["GET"])

    async def show(self) -> Response:
        """The picture of that name."""
        return Response(GREY_DOT, media_type="image/png")
