"""A service of one resource, and the mix of requests that it answers.

application   the service: `build()` returns the application
mix           the requests and their weights, from a file or from options
mix.toml      the mix of the row `service`
"""
