"""The commands of `fastapi-rs`, one module for each group."""
