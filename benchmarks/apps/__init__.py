"""The applications under test: the real package's environment and this project's environment import this same package.

declaring      how a module registers an application and the direct work of its rows
requests       the first rows: eleven endpoints in one application, and applications of many routes
models         parameter models; parameters and results of types beyond JSON
dependencies   dependencies that yield, `def` dependencies, injected objects
exceptions     raised exceptions and their handlers
middleware     middleware of all kinds
structure      mounts, hosts, included routers; applications of 1, 100 and 1000 routes
streams        JSON Lines, server-sent events, streams, WebSockets
results        response models; bodies of three sizes
files          files, redirects, HTML, cookies
service        the service of `service/`
"""

from __future__ import annotations

from . import (  # noqa: F401
    dependencies,
    exceptions,
    files,
    middleware,
    models,
    requests,
    results,
    service,
    streams,
    structure,
)
from .declaring import APPS as APPS
from .declaring import DIRECT as DIRECT
from .declaring import entries as entries
from .requests import register as register
