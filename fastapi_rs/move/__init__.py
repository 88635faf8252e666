"""`fastapi-rs adopt` and `fastapi-rs leave`: from the real package to ours and back.

step      one change, with the sentence that announces it
stage     the folder in which a move keeps files until it ends
bridge    the metadata-only distribution
kept      the real package, kept as a wheel before it is removed, or fetched again
adopt     the steps to ours
leave     the steps back

A move computes its steps from the files on the disk, never from notes of an earlier run. A run that was interrupted
is therefore repeated by the same command.
"""
