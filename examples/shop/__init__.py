"""A small shop: items in SQLite, a search with many typed parameters, users with bearer tokens, uploads."""
