"""Objects as an answer shows them: references expanded where asked, lists in pages."""

from collections.abc import Sequence
from typing import Any

from tests.fake_stripe.books import Books, Object
from tests.fake_stripe.errors import invalid

EXPANDED_REFUNDS = 10
"""How many of a list come with the object that holds it."""
DEFAULT_PAGE, MAX_PAGE = 10, 100
MAX_DEPTH = 4


def shown(books: Books, made: Object, expand: Sequence[str] = ()) -> Object:
    visible = {name: value for name, value in made.items() if not name.startswith("_")}
    for path in expand:
        if len(path.split(".")) > MAX_DEPTH:
            raise invalid(f"You cannot expand more than {MAX_DEPTH} levels of a property.", "expand")
        _expand(books, visible, path.split("."))
    return visible


def page(books: Books, made: Sequence[Object], params: dict[str, Any], url: str, expand: Sequence[str] = ()) -> Object:
    """Newest first, as all of Stripe's lists are."""
    limit = int(params.get("limit", DEFAULT_PAGE))
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(f"This value must be between 1 and {MAX_PAGE}", "limit")
    created = params.get("created") or {}
    within = [m for m in made if int(created.get("gte", 0)) <= m["created"] <= int(created.get("lte", 1 << 62))]
    newest = sorted(within, key=lambda m: m["_number"], reverse=True)
    after = params.get("starting_after")
    if after is not None:
        numbers = [m["_number"] for m in made if m["id"] == after]
        if not numbers:
            raise invalid(f"No such object: '{after}'", "starting_after", "resource_missing")
        newest = [m for m in newest if m["_number"] < numbers[0]]
    inner = [path.removeprefix("data.") for path in expand]
    data = [shown(books, m, inner) for m in newest[:limit]]
    return {"object": "list", "url": url, "has_more": len(newest) > limit, "data": data}


def _expand(books: Books, visible: Object, path: list[str]) -> None:
    name, rest = path[0], path[1:]
    if name == "refunds" and visible["object"] == "charge":
        made = [r for r in books.refunds.values() if r["charge"] == visible["id"]]
        visible["refunds"] = page(books, made, {"limit": EXPANDED_REFUNDS}, f"/v1/charges/{visible['id']}/refunds")
        return
    known = {"payment_intent": books.intents, "latest_charge": books.charges, "charge": books.charges}
    if name not in known or name not in visible:
        raise invalid(f"This property cannot be expanded ({name}).", "expand")
    reference = visible[name]
    if reference is None:
        return
    if isinstance(reference, str):
        visible[name] = shown(books, known[name][reference])
    if rest:
        _expand(books, visible[name], rest)
