"""People and gateways that call: tokens as mesaYA-auth signs them, and the headers of a gateway."""

import time
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from identity import ALGORITHM, ISSUER

KEY = rsa.generate_private_key(65537, 2048)
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
GATEWAY = "a-token-of-a-gateway-that-forwards"
OWNER = UUID("0190a1b2-0000-7000-8000-00000000000a")
STRANGER = UUID("0190a1b2-0000-7000-8000-00000000000b")


def token(user_id: UUID, *roles: str, seconds: float = 600) -> str:
    """Expires in so many seconds."""
    claims = {"iss": ISSUER, "sub": str(user_id), "roles": list(roles) or ["USER"], "exp": time.time() + seconds}
    return jwt.encode(claims, KEY, ALGORITHM)


def own(user_id: UUID, *roles: str) -> dict[str, str]:
    """The headers of a person's own token."""
    return {"Authorization": f"Bearer {token(user_id, *roles)}"}


def forwarded(user_id: UUID | str, *roles: str) -> dict[str, str]:
    """The headers of a gateway that forwards for this person."""
    return {"Authorization": f"Bearer {GATEWAY}", "X-User-Id": str(user_id), "X-User-Roles": ",".join(roles)}
