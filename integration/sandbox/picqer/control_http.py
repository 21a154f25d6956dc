"""The control interface over HTTP, for demos and tests in other processes; see /control/docs."""

from dataclasses import asdict
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from integration.sandbox.picqer import shapes_orders
from integration.sandbox.picqer.control import Control
from integration.sandbox.picqer.faults import Fault, FaultKind
from integration.sandbox.picqer.rate_windows import WindowKind
from integration.sandbox.picqer.refusals import Refusal
from integration.sandbox.picqer.rows import Picklist
from integration.sandbox.picqer.wire import Json


class Body(BaseModel):
    """A request of the control interface; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class LimitBody(Body):
    """Requests per minute."""

    limit: int = Field(ge=0)


class WindowBody(Body):
    """A kind of rate window."""

    kind: WindowKind


class CountBody(Body):
    """A number of permits."""

    count: int = Field(ge=0)


class FaultBody(Body):
    """A fault; see `Fault` for the meaning of each key."""

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    count: int | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    after: int = 0
    match: dict[str, Any] = {}
    status: int = 500
    error_code: int | None = None
    error_message: str = ""
    body: str | None = None
    headers: dict[str, str] = {}
    seconds: float = Field(default=0.0, ge=0)
    commit: bool | None = None


class StockBody(Body):
    """A count (`amount`) or a difference (`change`) of one product, in pieces."""

    productcode: str
    amount: int | None = None
    change: int | None = None
    idwarehouse: int | None = None


class LineBody(Body):
    """Pieces of one productcode that are picked."""

    productcode: str
    amount: int = Field(ge=0)


class PickBody(Body):
    """How a picklist is closed; `lines` of None picks everything."""

    lines: list[LineBody] | None = None
    shipments: int = Field(default=1, ge=0, le=100)
    parcels: int = Field(default=1, ge=1, le=100)
    then: Literal["backorder", "picklist"] = "backorder"


class ShipmentsBody(Body):
    """How many shipments each picklist gets."""

    shipments: int = Field(default=1, ge=0, le=100)


class ReturnBody(Body):
    """A replacement sent for a return."""

    productcode: str
    amount: int = Field(default=1, ge=1)
    reference: str | None = None
    idwarehouse: int | None = None
    shipments: int = Field(default=1, ge=0, le=100)


def create_control(control: Control) -> FastAPI:
    """Return the control interface; it is neither limited nor written into the request log.

    It has no credentials of its own: whoever reaches the port has all power over the sandbox.
    """
    app = FastAPI(title="Control of the Picqer sandbox", redoc_url=None)
    _add_refusals(app)
    _add_reading(app, control)
    _add_weather(app, control)
    _add_warehouse(app, control)
    return app


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(_request: Request, refusal: Refusal) -> JSONResponse:
        return JSONResponse(refusal.body(), refusal.status)

    @app.exception_handler(ValueError)
    async def mistaken(_request: Request, error: ValueError) -> JSONResponse:
        return JSONResponse({"error": True, "error_message": str(error)}, 400)


def _add_reading(app: FastAPI, control: Control) -> None:
    @app.get("/log")
    def log() -> list[dict[str, Any]]:
        return control.log()

    @app.post("/reset-log")
    def reset_log() -> Json:
        control.reset_log()
        return {"ok": True}

    @app.get("/max-in-window")
    def max_in_window() -> dict[str, int]:
        return control.busiest()

    @app.get("/books")
    def books() -> Json:
        return control.summary()

    @app.get("/events")
    def events() -> list[list[str]]:
        return [[name, subject] for name, subject in control.events()]

    @app.get("/deliveries")
    def deliveries() -> list[dict[str, Any]]:
        return control.deliveries()

    @app.get("/faults")
    def faults() -> list[Json]:
        return [asdict(fault) for fault in control.books.faults.all()]

    @app.get("/tuning")
    def tuning() -> Json:
        return asdict(control.books.tuning)


def _add_weather(app: FastAPI, control: Control) -> None:
    @app.post("/limit")
    def limit(body: LimitBody) -> Json:
        control.set_limit(body.limit)
        return {"limit": body.limit}

    @app.post("/window")
    def window(body: WindowBody) -> Json:
        control.set_window(body.kind)
        return {"kind": body.kind}

    @app.post("/foreign-use")
    def foreign_use(body: CountBody) -> Json:
        control.foreign_use(body.count)
        return {"count": body.count}

    @app.post("/faults", status_code=201)
    def add_fault(body: FaultBody) -> Json:
        return {"idfault": control.add_fault(Fault(**body.model_dump()))}

    @app.delete("/faults")
    def clear_faults() -> Json:
        control.clear_faults()
        return {"ok": True}

    @app.delete("/faults/{idfault}")
    def remove_fault(idfault: int) -> Json:
        control.remove_fault(idfault)
        return {"ok": True}

    @app.post("/tuning")
    def tune(body: Json) -> Json:
        return asdict(control.tune(**body))

    @app.post("/hooks/pause")
    def pause_hooks() -> Json:
        control.pause_hooks()
        return {"paused": True}

    @app.post("/hooks/resume")
    def resume_hooks() -> Json:
        control.resume_hooks()
        return {"paused": False}


def _add_warehouse(app: FastAPI, control: Control) -> None:
    @app.post("/stock")
    def stock(body: StockBody) -> Json:
        return {"stock": control.set_stock(**body.model_dump())}

    @app.post("/picklists/{idpicklist}/pick-and-close")
    def pick_and_close(idpicklist: int, body: PickBody | None = None) -> Json:
        wanted = body or PickBody()
        lines = wanted.lines
        amounts = None if lines is None else {line.productcode: line.amount for line in lines}
        picklist = control.pick_and_close(
            idpicklist,
            amounts=amounts,
            shipments=wanted.shipments,
            parcels=wanted.parcels,
            then=wanted.then,
        )
        return _shaped(control, picklist)

    @app.post("/shipments/{idshipment}/cancel")
    def cancel_shipment(idshipment: int) -> Json:
        control.cancel_shipment(idshipment)
        return {"cancelled": True}

    @app.post("/orders/{idorder}/complete")
    def complete(idorder: int, body: ShipmentsBody | None = None) -> Json:
        control.complete_order(idorder, shipments=(body or ShipmentsBody()).shipments)
        return control.summary_of(idorder)

    @app.post("/orders/{idorder}/cancel")
    def cancel(idorder: int) -> Json:
        control.cancel_order(idorder)
        return control.summary_of(idorder)

    @app.post("/orders/{idorder}/expect")
    def expect(idorder: int) -> Json:
        control.expect_order(idorder)
        return control.summary_of(idorder)

    @app.post("/orders/{idorder}/finish-processing")
    def finish_processing(idorder: int) -> Json:
        control.finish_processing(idorder)
        return control.summary_of(idorder)

    @app.post("/orders/{idorder}/process-backorders")
    def process_backorders(idorder: int) -> Json:
        control.process_backorders(idorder)
        return control.summary_of(idorder)

    @app.post("/returns", status_code=201)
    def make_return(body: ReturnBody) -> Json:
        return _shaped(control, control.make_return(**body.model_dump()))


def _shaped(control: Control, picklist: Picklist) -> Json:
    with control.books.lock:
        return shapes_orders.picklist(control.books, picklist)
