"""`python -m webhooks listen`: a receiver for partners' developers, which prints and verifies what comes."""

import json
import socket
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.secret import Secret
from webhooks.signature import STANDARD_ID
from webhooks.verification import holds, verify
from webhooks.verify_command import lines


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Listening on http://{self.config.host}:{self.config.port}/webhooks", flush=True)


async def listen(secret: Secret, port: int, host: str = "127.0.0.1") -> int:
    """Until it is stopped. 1 where it cannot listen."""
    server = _Server(uvicorn.Config(receiver(secret), host=host, port=port, log_config=None, access_log=False))
    await server.serve()
    return 0 if server.started else 1


def receiver(secret: Secret) -> Starlette:
    async def hear(request: Request) -> Response:
        body = await request.body()
        verdicts = verify(request.headers, body, [secret], datetime.now(UTC))
        print(
            f"\n{request.headers.get(STANDARD_ID, 'without an id')}",
            *lines(verdicts),
            _shown(body),
            sep="\n",
            flush=True,
        )
        return Response(status_code=204 if holds(verdicts) else 401)

    return Starlette(routes=[Route("/{path:path}", hear, methods=["POST"])])


def _shown(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return repr(body[:2048])
