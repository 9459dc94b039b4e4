"""The store of what people write: articles with their revisions, publications, keys, the audit trail."""
