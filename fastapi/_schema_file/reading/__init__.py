"""From a file to plain values, each with its place."""
