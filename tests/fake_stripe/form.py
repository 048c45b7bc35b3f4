"""Stripe's form encoding, `a[b][0][c]=1`, read into nested values; parameters it does not know are refused."""

import re
from collections.abc import Iterable
from typing import Any

from tests.fake_stripe.errors import unknown_parameter

_KEY = re.compile(r"[^\[\]]+")

Params = dict[str, Any]


def nested(pairs: Iterable[tuple[str, str]]) -> Params:
    found: Params = {}
    for name, value in pairs:
        path = _KEY.findall(name)
        inner = found
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
    listed = _listed(found)
    assert isinstance(listed, dict)
    return listed


def only(params: Params, allowed: dict[str, Any], prefix: str = "") -> None:
    """`allowed` has a dict for an object, a list of one dict for a list, None for a value or for any metadata."""
    for name, value in params.items():
        full = f"{prefix}[{name}]" if prefix else name
        if name not in allowed:
            raise unknown_parameter(full)
        inner = allowed[name]
        if isinstance(inner, dict) and isinstance(value, dict):
            only(value, inner, full)
        elif isinstance(inner, list) and isinstance(value, list):
            for number, item in enumerate(value):
                only(item, inner[0], f"{full}[{number}]")


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(item) for key, item in value.items()}
