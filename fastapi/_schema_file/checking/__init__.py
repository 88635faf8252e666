"""From plain values to a schema, with all problems of the file."""
