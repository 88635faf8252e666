"""The analysis of a function and its parameters, when a route or a dependency is declared."""
