"""The endpoints under /api/v1, one file per part of the warehouse."""
