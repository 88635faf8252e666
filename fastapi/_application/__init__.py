"""The parts of `fastapi.applications`: routes, middleware stack, documentation, telemetry."""
