"""The store's Alembic migrations, applied when it is opened."""
