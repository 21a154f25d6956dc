"""The only memory: SQLite by default, PostgreSQL when there is more than one machine."""
