"""The demo shop as an ASGI application: the contract's endpoints and the control interface."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from integration.sandbox.shop.access import BearerToken
from integration.sandbox.shop.api import ContractApi
from integration.sandbox.shop.control import ControlApi
from integration.sandbox.shop.faults import Faults
from integration.sandbox.shop.pictures import Pictures
from integration.sandbox.shop.trade import Trade
from integration.sandbox.shop.traffic import Traffic


def create_app(trade: Trade, faults: Faults, token: SecretStr) -> ASGIApp:
    """Return the application of one shop; whoever calls it has to show the token."""
    access = BearerToken(token)
    app = FastAPI(title="demo shop", openapi_url=None)
    app.include_router(ContractApi(trade, access).router)
    app.include_router(ControlApi(trade, faults, access).router)
    app.include_router(Pictures().router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(KeyError, _absent)
    app.add_exception_handler(ValueError, _impossible)
    return Traffic(app, books=trade.books, faults=faults, manners=trade.manners)


async def _refused(_: Request, error: Exception) -> Response:
    """Answer every refusal in the contract's own form: `{"error": "a sentence"}`."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _unreadable(_: Request, error: Exception) -> Response:
    """Say which field is wrong and why, without repeating what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    wrong = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()]
    return JSONResponse({"error": "; ".join(wrong)}, 422)


async def _absent(request: Request, error: Exception) -> Response:
    """Answer an action that named something which the shop does not have."""
    if not request.url.path.startswith("/control"):
        raise error
    return JSONResponse({"error": f"the shop has no {error}"}, 404)


async def _impossible(request: Request, error: Exception) -> Response:
    """Answer an action that cannot be done as asked."""
    if not request.url.path.startswith("/control"):
        raise error
    return JSONResponse({"error": str(error)}, 422)
