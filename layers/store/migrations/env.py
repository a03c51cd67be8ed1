"""Alembic's environment: migrations run on the connection they are handed, inside its transaction."""

from __future__ import annotations

from alembic import context

from layers.store.migrations import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
