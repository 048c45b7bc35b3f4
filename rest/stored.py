"""The stored operations, run against the schema that is served: rules and races are those of GraphQL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from graphql import GraphQLError
from starlette.requests import Request
from starlette.types import Scope

from resolvers.caller import Caller
from rest.envelope import Refused, of_errors
from schema.context import Context

DOCUMENTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "operations").glob("*.graphql")}
MAX_PAGES = 50
"""Of 100 each: no reservation has more payments, and mesaYA has no more partners."""


class Answer(Protocol):
    @property
    def data(self) -> dict[str, Any] | None: ...

    @property
    def errors(self) -> list[GraphQLError] | None: ...


class Executor(Protocol):
    """A schema."""

    async def execute(
        self, query: str | None, variable_values: dict[str, Any] | None = None, context_value: Any | None = None
    ) -> Answer: ...


class Stored:
    def __init__(self, schema: Executor, open_: Callable[[Scope, str], Context]) -> None:
        """`open_` gives a context in which nobody calls yet."""
        self._schema = schema
        self._open = open_

    async def run(self, request: Request, caller: Caller, name: str, /, **variables: Any) -> dict[str, Any]:
        """Its data. Raises Refused for `errors[]`, even where there is data beside them."""
        context = self._open(request.scope, request.scope["state"]["request_id"])
        context.sign_in(caller)
        answer = await self._schema.execute(DOCUMENTS[name], variables, context)
        if answer.errors:
            raise of_errors([error.formatted for error in answer.errors])
        assert answer.data is not None
        return answer.data

    async def all_pages(self, request: Request, caller: Caller, name: str, /, **variables: Any) -> list[dict[str, Any]]:
        """All nodes of the connection named `page`, wherever it is; none where what holds it is not there."""
        nodes: list[dict[str, Any]] = []
        after = None
        for _ in range(MAX_PAGES):
            page = _page(await self.run(request, caller, name, **variables, after=after))
            nodes += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return nodes
        raise Refused(413, f"There are more than {len(nodes)}; use GraphQL, which gives them by pages")


def _page(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] | None = data.get("page") or (data.get("payment") or {}).get("page")
    return found or {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
