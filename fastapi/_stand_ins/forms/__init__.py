"""Reads forms with the core where the installed parsers give the same answers."""
