"""Today's gateway, as far as this service can tell: its one HTTP client, which shows nothing and reads little."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx


@dataclass
class Gateway:
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """As the client sends it: `Content-Type` and nothing else."""
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.http.request(method, path, json=body, headers=sent)

    async def data(self, method: str, path: str, body: object = None) -> Any:
        """As the client unwraps it: `body.data || body`."""
        response = await self.call(method, path, body)
        assert response.is_success, response.text
        said = response.json()
        return said.get("data") or said

    async def opened(self, **changes: Any) -> Any:
        return await self.data("POST", "/api/payments", order(**changes))


def order(**changes: Any) -> dict[str, Any]:
    """What it sends when a diner pays for a table."""
    reservation_id, user_id = str(uuid4()), str(uuid4())
    return {
        "amount": 25.5,
        "currency": "USD",
        "reservationId": reservation_id,
        "userId": user_id,
        "description": "Table for two",
        "metadata": {"reservation_id": reservation_id, "user_id": user_id, "type": "reservation"},
        "successUrl": "http://localhost:4200/payment/success?payment_id={PAYMENT_ID}",
        "cancelUrl": "http://localhost:4200/payment/cancel",
        **changes,
    }
