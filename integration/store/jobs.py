"""The ``Jobs`` port in SQL: hints, runs, sending, clocks and what people do, in one class."""

from __future__ import annotations

from integration.store.job_clock import JobClock
from integration.store.job_hints import JobHints
from integration.store.job_list import JobList
from integration.store.job_runs import JobRuns
from integration.store.job_sending import JobSending


class SqlJobs(JobHints, JobRuns, JobSending, JobClock, JobList):
    """Jobs, their timeline and their leases; every instant is the database's."""
