"""What Alembic runs for every command: it works on the connection that ``migrate`` hands over."""

from __future__ import annotations

from alembic import context

from integration.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite cannot alter most of a table: Alembic then makes a new one and copies the rows.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
