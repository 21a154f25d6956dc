"""Jobs and deliveries as commands print them in JSON: flat, without what is nobody's business."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integration.jobs import Job, JobEvent
from integration.order_story.chapters import OrderStory
from integration.ports import BulkAct
from integration.privacy import Export
from workers.cli.screen import as_json

HIDDEN = ("identity", "lease_token", "progress")


def job_record(job: Job) -> dict[str, Any]:
    """A job with its identity spelt out, without its lease token."""
    identity = {
        "id": job.id,
        "flow": job.identity.flow.value,
        "shop": job.identity.shop,
        "subject": job.identity.subject,
    }
    rest = {name: value for name, value in as_json(job).items() if name not in HIDDEN}
    return identity | rest


def event_record(event: JobEvent) -> dict[str, Any]:
    """One line of a timeline."""
    record: dict[str, Any] = as_json(event)
    return record


def bulk_record(bulk: BulkAct) -> dict[str, Any]:
    """An act on many jobs: what was asked, and how far it is."""
    asked = {name: value for name, value in as_json(bulk.which).items() if value is not None}
    record: dict[str, Any] = as_json(bulk)
    return record | {"which": {n: v for n, v in asked.items() if n not in ("limit", "offset")}}


def export_record(found: Export) -> dict[str, Any]:
    """What is kept of a person or an order, as a document for them."""
    record: dict[str, Any] = as_json(replace(found, orders=()))
    record["orders"] = [story_record(story) for story in found.orders]
    return record


def story_record(story: OrderStory) -> dict[str, Any]:
    """An order's story; its jobs as in ``jobs show``."""
    record: dict[str, Any] = as_json(replace(story, jobs=()))
    record["jobs"] = [
        job_record(one.job) | {"timeline": [event_record(line) for line in one.events]}
        for one in story.jobs
    ]
    return record
