"""Picqer, the warehouse system, over its HTTP API v1: client, mapping, webhooks, hooks, limiter."""
