"""The cases: a patcher with its options, the moment when it is installed, and the client that sends the requests."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Tuple

# The moments. before: before the application exists or, if the patcher needs the application, before it has routes;
# created: when the application has its routes; served: after the first request.
ORDERS = ("before", "created", "served")
DRIVERS = ("testclient", "uvicorn")


class Variant(NamedTuple):
    """A patcher with options. `needs_app`: its `instrument` needs the application, also at the moment "before"."""

    module: str
    options: Dict[str, Any]
    needs_app: bool = False
    orders: Tuple[str, ...] = ORDERS


VARIANTS: Dict[str, Variant] = {
    "sentry": Variant("patch_sentry", {}),
    "sentry-endpoint": Variant(
        "patch_sentry", {"style": "endpoint", "middleware_spans": True, "send_default_pii": True}
    ),
    "opentelemetry": Variant("patch_opentelemetry", {"how": "app"}, needs_app=True),
    "opentelemetry-class": Variant("patch_opentelemetry", {"how": "class"}),
    "opentelemetry-native": Variant("patch_opentelemetry", {"how": "native"}),
    "logfire": Variant("patch_logfire", {}, needs_app=True),
    "logfire-extra": Variant(
        "patch_logfire", {"extra_spans": True, "capture_headers": True, "with_pydantic": True}, needs_app=True
    ),
    "prometheus": Variant("patch_prometheus", {}, needs_app=True),
    "prometheus-untemplated": Variant(
        "patch_prometheus",
        {
            "should_group_status_codes": False,
            "should_group_untemplated": False,
            "should_instrument_requests_inprogress": True,
            "body_handlers": [".*"],
        },
        needs_app=True,
    ),
}

# (variant, order, driver)
Case = Tuple[str, str, str]
CASES: List[Case] = [
    (name, order, driver) for name, variant in VARIANTS.items() for order in variant.orders for driver in DRIVERS
]
