"""What Alembic runs: the migrations on the connection that the store hands over, in its transaction."""

from alembic import context

from kb.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
# The store holds the lock and commits; a migration that fails leaves nothing behind.
context.run_migrations()
