"""PostGraphile makes its own schema of the tables: the same questions in its words, and its answers in ours."""

from datetime import UTC, datetime
from typing import Any

from benchmarks.workloads import ALIASES, W1, W2, W3, W4

_RECORD = "mesayaPaymentsRecordByPaymentId"
_FIELDS = f"""paymentId paymentStatus paymentType amount currency userId provider providerPaymentId payerEmail
description metadata createdAt updatedAt {_RECORD} {{ status amount currency }}"""
_NEWEST = "orderBy: [CREATED_AT_DESC, PAYMENT_ID_DESC]"


def _aliases() -> str:
    names = [f"p{number}" for number in range(ALIASES)]
    declared = ", ".join(f"${name}: UUID!" for name in names)
    fields = " ".join(f"{name}: paymentByPaymentId(paymentId: ${name}) {{ {_FIELDS} }}" for name in names)
    return f"query W4({declared}) {{ {fields} }}"


TEXTS = {
    W1.name: f"query W1($id: UUID!) {{ payment: paymentByPaymentId(paymentId: $id) {{ {_FIELDS} }} }}",
    W2.name: f"""query W2($id: UUID!) {{
      payments: allPayments(condition: {{ reservationId: $id }}, first: 20, {_NEWEST}) {{
        nodes {{ {_FIELDS} }} }} }}""",
    W3.name: f"query W3 {{ payments: allPayments(first: 100, {_NEWEST}) {{ nodes {{ {_FIELDS} }} }} }}",
    W4.name: _aliases(),
}


def in_our_words(answer: Any) -> Any:
    """Of a whole answer: each payment has our fields, in our forms."""
    if isinstance(answer, list):
        return [in_our_words(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return _payment(answer) if "paymentId" in answer else {name: in_our_words(value) for name, value in answer.items()}


def _payment(row: dict[str, Any]) -> dict[str, Any]:
    ours = row[_RECORD] or {}
    return {
        "id": row["paymentId"],
        "status": ours.get("status") or row["paymentStatus"].upper(),
        "type": row["paymentType"].upper(),
        "amount": {
            "amount": ours.get("amount") or row["amount"],
            "currency": ours.get("currency") or row["currency"].upper(),
        },
        "userId": row["userId"],
        "provider": row["provider"].upper(),
        "providerPaymentId": row["providerPaymentId"],
        "payer": {"email": row["payerEmail"]},
        "description": row["description"],
        "metadata": row["metadata"],
        "createdAt": _instant(row["createdAt"]),
        "updatedAt": _instant(row["updatedAt"]),
    }


def _instant(text: str) -> str:
    """The column has no time zone; it is UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
