"""Ariadne, as its guide has it."""

from pathlib import Path
from typing import Any

from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from strawberry.dataloader import DataLoader

from benchmarks.servers.payments import Payments

TYPES = (Path(__file__).parent / "payments.mjs").read_text().partition("/* GraphQL */ `")[2].partition("`")[0]
rows = Payments()
query, payment = QueryType(), ObjectType("Payment")
for name, column in {"userId": "user_id", "providerPaymentId": "provider_payment_id",
                     "createdAt": "created_at", "updatedAt": "updated_at"}.items():  # fmt: skip
    payment.set_alias(name, column)


@query.field("payment")  # type: ignore[untyped-decorator]
async def resolve_payment(_root: Any, info: Any, id: str, **_: Any) -> Any:
    return await info.context["load"].load(id)


@query.field("payments")  # type: ignore[untyped-decorator]
async def resolve_payments(_root: Any, _info: Any, reservationId: str | None = None, first: int = 20) -> Any:
    return {"nodes": await rows.page(reservationId, first)}


def context(request: Any, _data: Any) -> dict[str, Any]:
    return {"request": request, "load": DataLoader(load_fn=rows.by_ids)}


app = GraphQL(make_executable_schema(TYPES, query, payment), context_value=context)
