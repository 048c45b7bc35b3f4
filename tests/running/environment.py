"""Environments to start in, and keys made for them."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def pem_of(key: PublicKeyTypes) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


PUBLIC_KEY = pem_of(rsa.generate_private_key(65537, 2048).public_key())
SHORT_PUBLIC_KEY = pem_of(rsa.generate_private_key(65537, 1024).public_key())
OTHER_PUBLIC_KEY = pem_of(ec.generate_private_key(ec.SECP256R1()).public_key())

PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://payments:hunter2@database/payments",
    "PUBLIC_URL": "https://pay.mesaya.example",
    "SECRET_KEY": "first-key-of-at-least-32-characters,second-key-of-at-least-32-characters",
    "PAYMENT_PROVIDER": "stripe",
    "STRIPE_SECRET_KEY": "sk_live_hunter2",
    "STRIPE_WEBHOOK_SECRET": "whsec_hunter2",
    "JWT_PUBLIC_KEY": PUBLIC_KEY,
}
