"""The REST routes of today's gateway: each runs a stored GraphQL operation against the schema that is served."""
