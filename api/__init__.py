"""HTTP over the Assistant: routes, schemas, pages."""
