"""The allowed imports: one list of levels for each language, read by test_layers.py.

A module imports from lower levels, or from its own level if no cycle results. The first pattern that matches a
module decides its level. Patterns are those of fnmatch, on dotted names without the package.
"""

PYTHON = [
    # (level, patterns)
    (9, ["__init__", "__main__", "cli", "_doctor", "_plan_export", "_schema_commands", "_schema_output"]),
    (8.5, ["_server*"]),
    (8, ["applications"]),
    (7.5, ["_application*"]),
    (4, ["telemetry", "telemetry._api"]),  # Plain data and look-ups; the recorders are above the routes.
    (3, ["openapi._offline"]),  # Before the pattern of the next line, as the pages themselves.
    (7, ["openapi.utils", "openapi._*", "telemetry*"]),
    (6, ["routing"]),
    (5.4, ["_routing.planned*"]),
    (5.3, ["_routing.planning*"]),
    (5.2, ["_routing.tree*"]),
    (5.1, ["_routing.exact*"]),
    (5, ["_routing.described*", "_routing"]),
    (4, ["dependencies*"]),
    (
        3,
        [
            "_field_options",
            "params",
            "param_functions",
            "security*",
            "encoders",
            "utils",
            "concurrency",
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
            "_form_limits",
            "_rest",
            "_body_limit",
            "_body_meter",
            "_telemetry_probe",
            "_stand_ins.http.agreement",
            "_stand_ins.http.bridge",
            "_stand_ins.event_pipes*",
            "_stand_ins.http.idle",
            "_stand_ins.http.exchange",
            "_stand_ins.http.channel",
            "_stand_ins.http.nesting",
            "_stand_ins.http.receiving",
            "_stand_ins.http.serving",
            "_stand_ins.http",
            "_stand_ins.forms*",
            "_stand_ins.thread_agreement",
            "_stand_ins.worker_threads",
            "_stand_ins.response_template",
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
            "_stand_ins",
            "_stand_ins.anyio_names",
            "_stand_ins.accelerators",
            "_stand_ins.comparing",
            "_stand_ins.http.loops",
            "_stand_ins.http.scopes",
            "datastructures",
            "_compat*",
            "_encoder_shortcuts",
            "_encoder_table",
            "_wasm*",
            "_facade",
            "_hints",
            "_stand_ins.guards",
            "_stand_ins.class_version",
            "_changes",
            "_forks",
            "_version",
            "_scope_keys",
            "_metadata",
            "logger",
        ],
    ),
]

RUST = [
    (9, ["lib"]),
    (5, ["abi", "abi_security", "boundary", "memory"]),
    (4, ["ops", "ops::*"]),
    (3, ["router*", "params*", "json*", "forms*", "security*"]),
    (2, ["http*", "plan*"]),
    (1, ["frame*", "error"]),
    (0, ["contract"]),
]

# The modules that may import wasmtime: no other module knows how the core runs.
WASMTIME_USERS = ["_wasm.library"]

# The longest function body allowed, in lines without its docstring.
LONGEST_FUNCTION = 100
