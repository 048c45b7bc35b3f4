"""What the provider is told of a payment: the same every time, so that it recognises a repeated call."""

from data.payment import Payment
from providers.protocol import CheckoutOrder


def order_of(payment: Payment) -> CheckoutOrder:
    assert payment.expires_at is not None, "a payment of ours has an expiry"
    return CheckoutOrder(
        payment_id=payment.id,
        attempt=payment.attempt,
        amount=payment.amount,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
        success_url=payment.success_url,
        cancel_url=payment.cancel_url,
        description=payment.description,
        payer_email=payment.payer_email,
        reservation_id=payment.reservation_id,
        subscription_id=payment.subscription_id,
        user_id=payment.user_id,
        metadata=payment.metadata,
    )
