"""A protocol for uvicorn: simple requests go from the socket to the endpoint in one crossing (`docs/protocol.md`)."""
