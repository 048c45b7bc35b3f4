"""Strawberry, as its guide has it: no caches, no compiler, a DataLoader for each request."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NewType

import strawberry
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from benchmarks.servers.payments import Payments, Row

rows = Payments()
Currency = NewType("Currency", str)


@strawberry.enum
class PaymentStatus(Enum):
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    REFUNDED = "REFUNDED"


@strawberry.enum
class PaymentType(Enum):
    RESERVATION = "RESERVATION"
    SUBSCRIPTION = "SUBSCRIPTION"


@strawberry.enum
class ProviderName(Enum):
    MOCK = "MOCK"
    STRIPE = "STRIPE"


@strawberry.type
class Money:
    amount: Decimal
    currency: Currency


@strawberry.type
class Payer:
    email: str | None
    name: str | None


@strawberry.type
class Payment:
    id: strawberry.ID
    status: PaymentStatus
    type: PaymentType
    amount: Money
    user_id: strawberry.ID | None
    provider: ProviderName
    provider_payment_id: str | None
    payer: Payer | None
    description: str | None
    metadata: JSON
    created_at: datetime
    updated_at: datetime


@strawberry.type
class PaymentConnection:
    nodes: list[Payment]


@strawberry.type
class Query:
    @strawberry.field
    async def payment(self, info: Info, id: strawberry.ID) -> Payment | None:
        row = await info.context["load"].load(str(id))
        return None if row is None else _payment(row)

    @strawberry.field
    async def payments(self, reservation_id: strawberry.ID | None = None, first: int = 20) -> PaymentConnection:
        found = await rows.page(reservation_id, first)
        return PaymentConnection(nodes=[_payment(row) for row in found])


def _payment(row: Row) -> Payment:
    given: Row = {name: row[name] for name in Payment.__annotations__}
    return Payment(
        **{
            **given,
            "status": PaymentStatus[row["status"]],
            "type": PaymentType[row["type"]],
            "provider": ProviderName[row["provider"]],
            "amount": Money(amount=Decimal(row["amount"]["amount"]), currency=Currency(row["amount"]["currency"])),
            "payer": row["payer"] and Payer(**row["payer"]),
            "created_at": datetime.fromisoformat(row["created_at"]),
            "updated_at": datetime.fromisoformat(row["updated_at"]),
        }
    )


class App(GraphQL[Any, None]):
    async def get_context(self, request: Any, response: Any) -> Any:
        return {"request": request, "response": response, "load": DataLoader(load_fn=rows.by_ids)}


CURRENCY = strawberry.scalar(name="Currency", serialize=str, parse_value=str)
app = App(strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map={Currency: CURRENCY})))
