"""From parameters in code to a file, and the JSON Schema of the format."""
