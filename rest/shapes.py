"""How REST shows what GraphQL answers: snake case, lower-case words, ids as they are."""

from typing import Any

import orjson

from webhooks.body import SOURCE


def word(value: str) -> str:
    return value.lower()


def payment(node: dict[str, Any]) -> dict[str, Any]:
    payer, reservation, failure = node["payer"] or {}, node["reservation"] or {}, node["failure"] or {}
    return {
        "id": node["id"],
        "amount": node["amount"]["amount"],
        "currency": node["amount"]["currency"],
        "status": word(node["status"]),
        "payment_type": word(node["type"]),
        "reservation_id": reservation.get("id"),
        "subscription_id": node["subscriptionId"],
        "user_id": node["userId"],
        "provider": word(node["provider"]),
        "provider_payment_id": node["providerPaymentId"],
        "checkout_url": node["checkoutUrl"],
        "payer_email": payer.get("email"),
        "payer_name": payer.get("name"),
        "description": node["description"],
        "metadata": node["metadata"],
        "failure_reason": failure.get("message"),
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
    }


def opened(answer: dict[str, Any]) -> dict[str, Any]:
    node = answer["payment"]
    return {
        "payment_id": node["id"],
        "status": word(node["status"]),
        "provider": word(node["provider"]),
        "checkout_url": node["checkoutUrl"],
        "client_secret": answer["clientSecret"],
        "amount": node["amount"]["amount"],
        "currency": node["amount"]["currency"],
        "created_at": node["createdAt"],
    }


def verified(answer: dict[str, Any]) -> dict[str, Any]:
    """`verified`: it is paid. `synchronized`: our record says what the provider says."""
    node = answer["payment"]
    status = word(node["status"])
    return {
        "payment_id": node["id"],
        "status": status,
        "verified": status == "succeeded",
        "amount": node["amount"]["amount"],
        "currency": node["amount"]["currency"],
        "previous_status": word(answer["previousStatus"]),
        "current_status": status,
        "synchronized": True,
    }


def delivery(node: dict[str, Any]) -> dict[str, Any]:
    last = node["attempts"][-1] if node["attempts"] else {"responseStatus": None, "error": None}
    partner = node["partner"] or {"id": None, "name": None}
    return {
        "partner_id": partner["id"],
        "partner_name": partner["name"],
        "status": word(node["state"]),
        "status_code": last["responseStatus"],
        "error": last["error"] or node["heldBecause"],
    }


def is_for_n8n(node: dict[str, Any]) -> bool:
    payload = orjson.loads(orjson.dumps(node["payload"]))  # JSON that nobody has parsed yet
    return node["partner"] is None and payload.get("source") == SOURCE


def partner(node: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": node["id"],
        "name": node["name"],
        "webhook_url": node["webhookUrl"],
        "subscribed_events": node["events"],
        "status": word(node["status"]),
        "description": node["description"],
        "contact_email": node["contactEmail"],
    }
