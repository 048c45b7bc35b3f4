"""Alembic's entry: runs on the connection that `data.migrate` hands over."""

from alembic import context

from data.migrations.own_schema import SCHEMA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, version_table_schema=SCHEMA, transaction_per_migration=True, include_schemas=True
)
with context.begin_transaction():
    context.run_migrations()
