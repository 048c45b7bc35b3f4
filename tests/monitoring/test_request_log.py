"""A request's line: what a client may choose in it cannot take a terminal over."""

from typing import Any

import pytest

from monitoring.request_log import MAX_OPERATION, told_of_request


@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        ("Checkout", {"operation": "Checkout"}),
        ("ñandú", {"operation": "ñandú"}),
        ("x" * 1000, {"operation": "x" * MAX_OPERATION}),
        ("\x1b[2Jgone", {}),
        ("two\nlines", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_an_operation_is_named_where_it_could_be_one(operation: str | None, shown: dict[str, Any]) -> None:
    line = told_of_request("POST", "/graphql", 200, 0.0123, operation)
    assert line == {"event": "request", "method": "POST", "route": "/graphql", "status": 200, "ms": 12.3, **shown}
