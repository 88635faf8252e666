"""Skip the tests of the machine on versions of Python that the real package does not support."""

import sys

if sys.version_info < (3, 11):
    collect_ignore_glob = ["*"]
