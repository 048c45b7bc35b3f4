"""GraphQL over HTTP, WebSocket, server-sent events and multipart: `/graphql`, by the specifications."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from cross_web import HTTPException
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.federation import Schema
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import (
    GRAPHQL_SSE_PROTOCOL,
    GRAPHQL_TRANSPORT_WS_PROTOCOL,
    MULTIPART_SUBSCRIPTION_PROTOCOL,
)
from strawberry.types.execution import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from resolvers.caller import Caller
from resolvers.refusals import NotSignedInError
from schema.context import Context
from schema.credentials import credentials, said_at_init
from schema.encoding import (
    GRAPHQL_TYPE,
    JSON_TYPE,
    decode,
    encode,
    is_json,
    prefers_graphql_type,
    prefers_json,
    takes_json,
)
from schema.errors import BAD_USER_INPUT, LIMIT_EXCEEDED
from schema.limits import MAX_TOKENS
from schema.persisted import Persisted, PersistedError
from schema.schema import MUTATION_BY_GET
from schema.streams import TRANSPORTS
from schema.websocket import INIT_SECONDS, MAX_OPERATIONS, Handler, Socket

MAX_BODY_BYTES = 256 * 1024
PROTOCOLS = (GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL, MULTIPART_SUBSCRIPTION_PROTOCOL)
CODES = {401: "UNAUTHENTICATED", 413: LIMIT_EXCEEDED}
"""By HTTP status; anything else that a request is refused for is BAD_USER_INPUT."""

Open = Callable[[Scope, str], Context]
"""The context of a request or a connection, by its id; its caller is not yet known."""
Authenticate = Callable[[Mapping[str, str]], Caller]
"""Who calls, by what `schema.credentials` reads. Raises NotSignedInError."""


class Endpoint(GraphQL[Context, None]):
    websocket_adapter_class = Socket
    graphql_transport_ws_handler_class = Handler
    stream_transport_classes_by_protocol = TRANSPORTS

    def __init__(
        self,
        schema: Schema,
        open_: Open,
        authenticate: Authenticate,
        origins: Sequence[str],
        persisted: Persisted | None = None,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=PROTOCOLS,
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=MAX_OPERATIONS,
            allowed_origins=origins,
        )
        self._open = open_
        self._authenticate = authenticate
        self.persisted = persisted or Persisted()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive, send))
            return
        request = Request(_with_one_accept(scope), bounded(receive))
        try:
            response = await self.run(request)
        except HTTPException as refused:
            code = CODES.get(refused.status_code, BAD_USER_INPUT)
            self._count(scope, code)
            response = _refusal(request, refused, code)
        except PersistedError as refused:
            self._count(scope, refused.code)
            newer = prefers_graphql_type(request.headers.get("accept", ""))
            response = _answer({"errors": [refused.formatted]}, 400 if newer else 200, newer=newer)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Any) -> Context:  # noqa: ARG002
        context = self._open(request.scope, request.scope["state"]["request_id"])
        if isinstance(request, Request):
            if not takes_json(request.headers.get("accept", "")) and self._streams(request) is None:
                raise HTTPException(406, f"Answers are {GRAPHQL_TYPE} or {JSON_TYPE}")
            try:
                context.sign_in(self._authenticate(credentials(request)))
            except NotSignedInError as refused:
                raise HTTPException(401, str(refused)) from refused
            request.state.caller = context.caller
        return context

    async def create_websocket_response(self, request: WebSocket, subprotocol: str | None) -> WebSocket:
        """The headers have said what they had to say, and would be kept for as long as the connection stands."""
        response = await super().create_websocket_response(request, subprotocol)
        request.scope["headers"].clear()
        return response

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """A browser sends no headers with a WebSocket, so that the same word stands in `connection_init`."""
        try:
            context.sign_in(self._authenticate(said_at_init(context.connection_params or {})))
        except NotSignedInError as refused:
            raise ConnectionRejectionError from refused
        no_payload: UnsetType = UNSET
        return no_payload

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002 - GraphiQL has a page of its own
        return False

    async def parse_http_body(self, request: Any) -> GraphQLRequestData | list[GraphQLRequestData]:
        if request.method == "POST" and not is_json(request.content_type or ""):
            raise HTTPException(415, f"Send {JSON_TYPE}")
        data = await super().parse_http_body(request)
        assert isinstance(data, GraphQLRequestData)
        if not isinstance(data.operation_name, str | None):
            raise HTTPException(400, "`operationName` must be a string or null, if provided.")
        state = request._request.state
        state.operation = data.operation_name
        if isinstance(data.query, str | None):
            data.query = self.persisted.text_of(data.query, data.extensions, state.caller)
        if data.protocol != "http" and prefers_json(request.headers.get("accept", "")) and not _is_subscription(data):
            data.protocol = "http"
        return data

    def parse_json(self, data: str | bytes) -> Any:
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict):
            raise HTTPException(400, "A request is a JSON object")
        return parsed

    def parse_query_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value or None for name, value in super().parse_query_params(params).items()}

    def decode_json(self, data: str | bytes) -> object:
        return decode(data)

    def encode_json(self, data: object) -> str:
        return encode(data).decode()

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Where nothing was executed there is no `data`."""
        answer = await super().process_result(request, result)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            answer.pop("data", None)
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        newer = sub_response.media_type == GRAPHQL_TYPE
        return _answer(response_data, 400 if newer and "data" not in response_data else 200, newer=newer)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        if prefers_graphql_type(request.headers.get("accept", "")):
            response.media_type = GRAPHQL_TYPE
        return response

    def _count(self, scope: Scope, code: str) -> None:
        self._open(scope, scope["state"]["request_id"]).count_error(code)

    def _streams(self, request: Request) -> object | None:
        return self._get_stream_transport_from_headers(request.headers)


def _is_subscription(data: GraphQLRequestData) -> bool:
    """What cannot be read is refused in one answer."""
    try:
        operation = get_operation_ast(parse(data.query or "", max_tokens=MAX_TOKENS), data.operation_name)
    except (GraphQLError, RecursionError):
        return False
    return operation is not None and operation.operation is OperationType.SUBSCRIPTION


def bounded(receive: Receive, limit: int = MAX_BODY_BYTES) -> Receive:
    """Counts what comes in, whatever Content-Length says. Raises HTTPException 413."""
    left = limit

    async def receive_bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, f"A request has at most {limit} bytes")
        return message

    return receive_bounded


def _with_one_accept(scope: Scope) -> Scope:
    """Lines of one header are one list (RFC 9110, 5.3), of which whoever asks later would get the first line alone."""
    lines = [value for name, value in scope["headers"] if name == b"accept"]
    if len(lines) < 2:
        return scope
    others = [header for header in scope["headers"] if header[0] != b"accept"]
    return {**scope, "headers": [*others, (b"accept", b", ".join(lines))]}


def _refusal(request: Request, refused: HTTPException, code: str) -> Response:
    errors = [{"message": refused.reason, "extensions": {"code": code}}]
    newer = prefers_graphql_type(request.headers.get("accept", ""))
    by_get = refused.reason == MUTATION_BY_GET
    response = _answer({"errors": errors}, 405 if by_get else refused.status_code, newer=newer)
    if response.status_code == 405:
        response.headers["allow"] = "POST" if by_get else "GET, POST"
    return response


def _answer(body: object, status: int, *, newer: bool) -> Response:
    media = f"{GRAPHQL_TYPE if newer else JSON_TYPE}; charset=utf-8"
    return Response(encode(body), status, headers={"content-type": media})
