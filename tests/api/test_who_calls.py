"""Who calls, over each transport: gateways that forward, tokens that run out, checkouts that people may not price."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from schema.context import Loaders
from tests.api.client import CHECKOUT, WATCH, Api, order, running
from tests.api.people import GATEWAY, OWNER, PUBLIC_KEY, STRANGER, forwarded, own, token
from tests.api.test_websocket import INIT, close_code, hear, say, socket, subscribe

CLOSED: dict[str, Any] = {
    "jwt_public_key": PUBLIC_KEY,
    "gateway_tokens": GATEWAY,
    "allow_user_checkout": False,
    "reconciler": False,
}
MINE = "{ payments { nodes { id } } }"


async def asked(api: Api, headers: dict[str, str], query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return (await api.http.post("/graphql", json=body, headers=headers)).json()


def code_of(body: Any) -> Any:
    return body["errors"][0]["extensions"]["code"]


async def test_a_gateway_answers_for_its_users_price(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        for headers in (own(OWNER), own(OWNER, "ADMIN"), own(OWNER) | {"X-User-Roles": "ADMIN"}):
            assert code_of(await asked(api, headers, CHECKOUT, input=order())) == "FORBIDDEN"
        opened = (await asked(api, forwarded(OWNER), CHECKOUT, input=order()))["data"]["checkout"]
        assert opened["__typename"] == "CheckoutSuccess"
        mine = {"nodes": [{"id": opened["payment"]["id"]}]}
        assert (await asked(api, own(OWNER), MINE))["data"]["payments"] == mine
        assert (await asked(api, forwarded(OWNER), MINE))["data"]["payments"] == mine
        assert (await asked(api, forwarded(STRANGER), MINE))["data"]["payments"] == {"nodes": []}
    async with running(database_url, **{**CLOSED, "allow_user_checkout": True}) as api:
        assert "errors" not in await asked(api, own(OWNER), CHECKOUT, input=order())


async def test_aliases_show_each_caller_theirs(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is graphql-core's; from the second on all aliases are asked for at once, by their ids."""
    by_ids, at_once = Loaders.payments_by_id, []

    def counted(load: Loaders, ids: list[UUID], *more: Any) -> Any:
        at_once.append(len(ids))
        return by_ids(load, ids, *more)

    monkeypatch.setattr(Loaders, "payments_by_id", counted)
    one = "{0}: payment(id: ${0}) {{ id }}".format
    aliases = f"query ($a: ID!, $b: ID!, $c: ID!) {{ {one('a')} {one('b')} {one('c')} }}"
    async with running(database_url, **CLOSED) as api:
        opened = {key: await api.opened(userId=str(user)) for key, user in (("a", OWNER), ("b", STRANGER))}
        ids = {key: checkout["payment"]["id"] for key, checkout in opened.items()}
        shown = {key: {"id": id_} for key, id_ in ids.items()}
        for headers, seen in ((own(OWNER), "a"), (own(STRANGER), "b"), (own(OWNER, "ADMIN"), "ab"), ({}, "")):
            expected = {"a": None, "b": None, "c": None} | {key: shown[key] for key in seen}
            for _ in range(3):
                assert await asked(api, headers, aliases, **ids, c=str(uuid4())) == {"data": expected}
            wrong = await asked(api, headers, aliases, **ids, c="none")
            assert (wrong["data"], code_of(wrong), wrong["errors"][0]["path"]) == (expected, "BAD_USER_INPUT", ["c"])
    assert at_once == [3] * (4 * 3 - 1)


async def test_a_click_is_the_same_click_by_the_gateway_and_by_oneself(database_url: str) -> None:
    wanted = order()
    async with running(database_url, **{**CLOSED, "allow_user_checkout": True}) as api:
        first = (await asked(api, forwarded(OWNER), CHECKOUT, input=wanted))["data"]["checkout"]
        again = (await asked(api, own(OWNER), CHECKOUT, input=wanted))["data"]["checkout"]
        others = (await asked(api, forwarded(STRANGER), CHECKOUT, input=wanted))["data"]["checkout"]
    assert (again["created"], again["payment"]["id"]) == (False, first["payment"]["id"])
    assert others["payment"]["id"] != first["payment"]["id"]


async def test_a_gateway_may_not_name_another_user_in_the_input(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        wanted = {**order(), "userId": str(STRANGER)}
        answer = (await asked(api, forwarded(OWNER), CHECKOUT, input=wanted))["data"]["checkout"]
    assert (answer["__typename"], answer["path"]) == ("InvalidInputError", ["input", "userId"])


@pytest.mark.parametrize(
    "headers",
    [
        forwarded("nonsense"),
        forwarded(OWNER, "A" * 2000),
        {"Authorization": f"Bearer {GATEWAY}x", "X-User-Id": str(OWNER)},
    ],
)
async def test_what_a_gateway_may_not_say_is_refused(database_url: str, headers: dict[str, str]) -> None:
    async with running(database_url, **CLOSED) as api:
        response = await api.http.post("/graphql", json={"query": MINE}, headers=headers)
        assert (response.status_code, code_of(response.json())) == (401, "UNAUTHENTICATED")
        twice = [*forwarded(OWNER).items(), ("x-user-id", str(STRANGER))]
        response = await api.http.post("/graphql", json={"query": MINE}, headers=twice)
        assert (response.status_code, code_of(response.json())) == (401, "UNAUTHENTICATED")


async def test_a_gateway_forwards_over_a_websocket_too(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        await asked(api, forwarded(OWNER), CHECKOUT, input=order())
        for payload, answer in (
            (forwarded(OWNER), 1),
            (forwarded(STRANGER), 0),
            (forwarded(STRANGER, "ADMIN"), 1),
            ({"authorization": f"Bearer {token(OWNER)}", "X-User-Id": str(STRANGER)}, 1),
        ):
            async with socket(api) as opened:
                await say(opened, {**INIT, "payload": payload})
                assert await hear(opened) == {"type": "connection_ack"}
                await say(opened, subscribe(query=MINE))
                assert len((await hear(opened))["payload"]["data"]["payments"]["nodes"]) == answer
        for bad in ({**forwarded(OWNER), "x-user-id": str(STRANGER)}, {**forwarded(OWNER), "X-User-Id": 7}):
            async with socket(api) as opened:
                await say(opened, {**INIT, "payload": bad})
                assert (await close_code(opened))[0] == 4403


async def test_over_a_websocket_one_watches_what_is_ones_own(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        checked_out = (await asked(api, forwarded(OWNER), CHECKOUT, input=order()))["data"]["checkout"]
        watched = {"id": checked_out["payment"]["id"]}
        secret = {**watched, "secret": checked_out["clientSecret"]}
        for payload, variables, code in (
            (own(OWNER), watched, None),
            (own(STRANGER, "ADMIN"), watched, None),
            ({}, secret, None),
            (own(STRANGER), watched, "NOT_FOUND"),
            ({}, watched, "NOT_FOUND"),
            ({}, {**secret, "secret": secret["secret"] + "x"}, "NOT_FOUND"),
        ):
            async with socket(api) as opened:
                await say(opened, {**INIT, "payload": payload})
                assert await hear(opened) == {"type": "connection_ack"}
                await say(opened, subscribe(query=WATCH, variables=variables))
                said = (await hear(opened))["payload"]
                assert (code_of(said) if "errors" in said else None) == code


async def test_a_token_that_runs_out_closes_its_websocket(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api, socket(api) as opened:
        await say(opened, {**INIT, "payload": {"Authorization": f"Bearer {token(OWNER, seconds=1)}"}})
        assert await hear(opened) == {"type": "connection_ack"}
        assert await close_code(opened) == (4403, "The token has expired")


async def test_a_token_that_runs_out_ends_its_event_stream(database_url: str) -> None:
    async with running(database_url, **CLOSED) as api:
        opened = (await asked(api, forwarded(OWNER), CHECKOUT, input=order()))["data"]["checkout"]
        body = {"query": WATCH, "variables": {"id": opened["payment"]["id"]}}
        headers = {"Authorization": f"Bearer {token(OWNER, seconds=1)}", "accept": "text/event-stream"}
        response = await api.http.post("/graphql", json=body, headers=headers)
    said = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: {")]
    assert said[0]["data"]["paymentStatusChanged"]["event"]["status"] == "PENDING"
    assert code_of(said[-1]) == "UNAUTHENTICATED"
