"""`python -m fastapi_rs`."""

from __future__ import annotations

import sys

from fastapi_rs.cli import main

sys.exit(main())
