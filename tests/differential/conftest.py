"""The machine needs a Python that the real package runs on; older ones do not collect its tests."""

import sys

if sys.version_info < (3, 11):
    collect_ignore_glob = ["*"]
