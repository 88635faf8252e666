"""The values of a dependant's parameters for one request."""
