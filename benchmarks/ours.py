"""The service as production runs it, but for the provider: `python -m benchmarks.ours`, told all by its environment."""

import os

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app import create
from monitoring.logs import configure_logs
from serving.server import SERVING, settle_memory
from settings import load_settings

TOKEN = "a-token-of-the-gateway"  # noqa: S105


def main() -> None:
    """With authorization, limits, metrics, request ids and a line of JSON for every request."""
    key = rsa.generate_private_key(65537, 2048).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    configure_logs(for_people=False)
    settings = load_settings(
        _env_file=None, service_tokens=TOKEN, jwt_public_key=pem, graphiql=False, introspection=False,
    )  # fmt: skip
    app = create(settings, os.environ["DATABASE_URL"])
    settle_memory()
    uvloop.run(uvicorn.Server(uvicorn.Config(app, port=int(os.environ["PORT"]), **SERVING)).serve())


if __name__ == "__main__":
    main()
