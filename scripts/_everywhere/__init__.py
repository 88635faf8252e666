"""The parts of scripts/everywhere: its steps, other root file systems, and the table of docs/platforms.md."""
