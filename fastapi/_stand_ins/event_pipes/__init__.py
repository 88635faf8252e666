"""Sends streams of server-sent events in fewer steps."""
