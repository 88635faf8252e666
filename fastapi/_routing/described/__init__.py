"""The description of an operation, resolved and checked when its route is added."""
