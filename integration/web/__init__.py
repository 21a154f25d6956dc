"""The web process: the door that webhooks come in by, health, and metrics."""
