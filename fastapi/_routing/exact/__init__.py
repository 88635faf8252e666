"""The exact way of a request at its route: body, dependencies, endpoint, response, in Python."""
