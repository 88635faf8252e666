"""Who may import whom: one list of levels for each language, read by test_layers.py.

A module imports from lower levels, or from its own level when no cycle results. The first pattern that matches a
module decides its level. Patterns are those of fnmatch, on dotted names without the package.
"""

PYTHON = [
    # (level, patterns)
    (9, ["__init__", "__main__", "cli", "_doctor", "_schema_commands"]),
    (8, ["applications"]),
    (4, ["telemetry", "telemetry._api"]),  # Plain data and look-ups; what records is above the routes.
    (7, ["openapi.utils", "openapi._*", "telemetry*"]),
    (6, ["routing"]),
    (5, ["_routing.*", "_routing"]),
    (4, ["dependencies*"]),
    (
        3,
        [
            "params",
            "param_functions",
            "security*",
            "encoders",
            "utils",
            "concurrency",
            "_worker_threads",
            "sse",
            "background",
            "responses",
            "openapi.models",
            "openapi.constants",
            "openapi.docs",
            "openapi",
            "testclient",
            "templating",
            "staticfiles",
            "requests",
            "websockets",
            "middleware*",
            "_form_*",
            "_response_template",
            "_waiting",
            "_body_limit",
            "_body_meter",
            "_observation",
            "_http_bridge",
            "_http_exchange",
            "_http_agreement",
            "exception_handlers",
            "_schema_file*",
        ],
    ),
    (1, ["_rust"]),
    (
        0,
        [
            "types",
            "exceptions",
            "_anyio_names",
            "_anyio_scopes",
            "datastructures",
            "_compat*",
            "_wasm*",
            "_facade",
            "_hints",
            "_originals",
            "_changes",
            "_forks",
            "_version",
            "_metadata",
            "logger",
        ],
    ),
]

RUST = [
    (9, ["lib"]),
    (5, ["abi", "abi_security", "memory"]),
    (4, ["ops", "ops::*"]),
    (3, ["router*", "params*", "json*", "forms*", "security*"]),
    (2, ["http*", "plan*"]),
    (1, ["frame*", "error"]),
    (0, ["contract"]),
]

# What may import wasmtime: nothing else knows how the core is run.
WASMTIME_USERS = ["_rust"]

# The longest function body allowed, in lines without its docstring.
LONGEST_FUNCTION = 100
