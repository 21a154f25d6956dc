"""The processes of picqer-bridge and its command line: the only place that knows Celery."""
