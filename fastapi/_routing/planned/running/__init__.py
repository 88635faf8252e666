"""The runners of operations: body, dependencies, endpoint, response of a request that the core accepted."""
