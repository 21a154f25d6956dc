"""The real processes: what Flower shows and may do, and what a kill or a lost broker costs."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

import pytest
import requests
from celery import Celery
from pydantic import SecretStr

from integration.embedded_broker import find_free_port
from integration.jobs import Flow, Identity, Job, State
from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.picqer.faults import Fault
from integration.services import Services
from integration.wiring import build_services
from workers.app import celery_settings
from workers.local import LocalService
from workers.queue import CeleryWakeUp

pytestmark = pytest.mark.process

LOGIN = ("admin", "flower-password")
SLOW_SECONDS = 2.0
Found = TypeVar("Found")


@pytest.fixture(scope="module")
def picqer() -> Iterator[SandboxPicqer]:
    sandbox = SandboxPicqer(api_key="an-api-key-of-a-sandbox")
    sandbox.start()
    yield sandbox
    sandbox.stop()


class SlowShop(ThreadingHTTPServer):
    """A shop without orders whose first answer takes long."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), NoOrders)
        self.asked = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class NoOrders(BaseHTTPRequestHandler):
    server: SlowShop

    def do_GET(self) -> None:
        if not self.server.asked.is_set():
            self.server.asked.set()
            time.sleep(SLOW_SECONDS)
        body = b'{"orders": [], "next_cursor": null}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def shop() -> Iterator[SlowShop]:
    with SlowShop() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def flower_port() -> int:
    return find_free_port()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory,
    picqer: SandboxPicqer,
    shop: SlowShop,
    flower_port: int,
) -> Iterator[LocalService]:
    """Web, workers, beat, mover, Flower and a broker; one account and one shop."""
    folder = tmp_path_factory.mktemp("bridge")
    config = folder / "bridge.toml"
    config.write_text(settings_of(picqer, shop))
    foreign = ("BRIDGE_", "REDIS_URL", "DATABASE_URL", "SENTRY_DSN", "FLOWER_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    environment["FLOWER_PORT"] = str(flower_port)
    with LocalService(config=config, environment=environment) as running:
        yield running


def settings_of(picqer: SandboxPicqer, shop: SlowShop) -> str:
    port = find_free_port()
    return f"""
public_url = "http://127.0.0.1:{port}"
[web]
port = {port}
[console]
port = {find_free_port()}
[flower]
password = "{LOGIN[1]}"
[picqer.main]
base_url = "{picqer.url}"
api_key = "{picqer.books.api_key}"
contact = "ops@example.com"
webhook_secret = "a-secret-of-sixteen"
[shops.nl]
flows = ["complete_order"]
[shops.nl.custom]
url = "{shop.url}"
token = "a-token-of-sixteen"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""


@pytest.fixture(scope="module")
def services(service: LocalService) -> Services:
    """The same store and broker, as the door has them."""
    settings = service.settings.model_copy(update={"redis_url": SecretStr(service.redis_url)})
    app = Celery("test", set_as_current=False)
    app.conf.update(celery_settings(settings))
    return build_services(settings, wake_up=CeleryWakeUp(app, service.redis_url))


@pytest.fixture(scope="module")
def flower(service: LocalService, flower_port: int) -> str:
    """Where Flower is, which answers a little before it listens to the workers."""
    url = f"http://127.0.0.1:{flower_port}"

    def listens() -> bool:
        try:
            workers = requests.get(f"{url}/api/workers?status=true", auth=LOGIN, timeout=5)
        except requests.ConnectionError:
            return False
        return workers.ok and any(workers.json().values())

    until(listens)
    return url


def until(look: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(0.05)
    return found


def job_of(services: Services, job_id: int) -> Job:
    job = services.jobs.job(job_id)
    assert job
    return job


def parked(services: Services, job_id: int) -> bool:
    return job_of(services, job_id).state is State.PARKED


def raise_order_of_a_removed_shop(services: Services, order_id: str) -> Job:
    return services.jobs.hint(Identity(Flow.CREATE_ORDER, "gone", order_id), "main")


def tasks(flower: str, name: str) -> Mapping[str, Mapping[str, object]]:
    answer = requests.get(f"{flower}/api/tasks", params={"taskname": name}, auth=LOGIN, timeout=5)
    assert answer.status_code == 200
    found: dict[str, Mapping[str, object]] = answer.json()
    return found


def tasks_of(flower: str, job: Job, state: str) -> list[Mapping[str, object]]:
    """The tasks of this job that Flower shows in this state."""
    return [
        task
        for task in tasks(flower, job.identity.flow.value).values()
        if str(task["args"]).lstrip("[(").startswith(f"{job.id}, ") and task["state"] == state
    ]


def task_of(flower: str, job: Job, state: str) -> Mapping[str, object] | None:
    """One of them."""
    return next(iter(tasks_of(flower, job, state)), None)


def held_back_task_of(flower: str, job: Job) -> Mapping[str, object] | None:
    """The task of this job that Flower shows with its 429 and the countdown it waits for.

    A run that found no permit before it, and was left to the mover, is another task.
    """
    for task in tasks_of(flower, job, "RETRY"):
        if "429" in str(task["exception"]) and "Again in " in str(task["exception"]):
            return task
    return None


def test_an_administrator_retries_a_parked_job_through_flowers_api(
    services: Services, flower: str
) -> None:
    job = raise_order_of_a_removed_shop(services, "1042")
    until(lambda: parked(services, job.id))
    address = f"{flower}/api/task/async-apply/retry_job"
    body = {"args": [job.id]}
    assert requests.post(address, json=body, timeout=5).status_code == 401
    wrong = requests.post(address, json=body, auth=("admin", "wrong"), timeout=5)
    assert wrong.status_code == 401
    answer = requests.post(address, json=body, auth=LOGIN, timeout=5)
    assert answer.status_code == 200
    retried = "retried by an administrator, through Flower"
    until(lambda: retried in [event.text for event in services.jobs.events(job.id)])
    until(lambda: parked(services, job.id))
    parks = [event for event in services.jobs.events(job.id) if event.kind == "park"]
    assert len(parks) == 2


def test_a_parked_job_is_a_failure_with_its_sentence_in_flower(
    services: Services, flower: str
) -> None:
    job = raise_order_of_a_removed_shop(services, "1043")
    task = until(lambda: task_of(flower, job, "FAILURE"))
    assert "Shop 'gone' is no longer configured" in str(task["exception"])


def test_a_429_is_a_retry_with_its_countdown_in_flower_and_then_goes_on(
    services: Services, flower: str, picqer: SandboxPicqer
) -> None:
    fault = Fault("status", path="/orders/4711", count=1, status=429, error_code=28)
    picqer.add_fault(fault)
    job = services.jobs.hint(Identity(Flow.RECONCILE, "", "order:main:4711"), "main")
    task = until(lambda: held_back_task_of(flower, job))
    time.sleep(1.0)  # Long enough for a worker to fetch the message that is to run later.
    assert held_back_task_of(flower, job)
    ended = until(lambda: task_of(flower, job, "SUCCESS"))
    assert ended["uuid"] == task["uuid"]
    assert job_of(services, job.id).attempts == 0


def test_a_worker_that_is_asked_to_stop_ends_soon_and_another_goes_on(
    services: Services, service: LocalService, shop: SlowShop
) -> None:
    job = services.jobs.hint(Identity(Flow.RECONCILE, "nl", "orders"), "main")
    until(shop.asked.is_set)
    before = service.pids["bulk"]
    os.kill(before, signal.SIGTERM)
    asked_at = time.monotonic()
    until(lambda: service.pids.get("bulk") != before)
    assert time.monotonic() - asked_at < SLOW_SECONDS + 5
    until(lambda: job_of(services, job.id).state is State.DONE)
    assert job_of(services, job.id).crashes == 0


def test_workers_go_on_after_the_broker_was_killed_and_came_back(
    services: Services, service: LocalService
) -> None:
    broker = service.broker
    assert broker
    pids = {name: service.pids[name] for name in ("worker", "mover")}
    broker.kill()
    until(lambda: broker.pid)
    job = raise_order_of_a_removed_shop(services, "1044")
    until(lambda: parked(services, job.id), 25)
    assert {name: service.pids[name] for name in pids} == pids
