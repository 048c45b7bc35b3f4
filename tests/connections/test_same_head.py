"""A head that comes again is not parsed, nothing else is taken for it, and credentials that end are looked at again."""

from unittest.mock import patch

import pytest

from serving.same_head import MAX_KEPT
from serving.server import SERVING
from serving.straight import StraightConnection
from tests.api.client import SERVICE, running
from tests.api.people import OWNER, PUBLIC_KEY, token
from tests.connections.test_straight import App, line_of, line_to, request
from tests.serving import serving

BODY = b'{"query": "{ __typename }"}'
PARSE = StraightConnection.data_received


async def parsed(*sent: bytes) -> list[bool]:
    """Whether each request was, one after the other on one connection; all are answered alike."""
    found = []
    async with line_to(App()) as line:
        for one in sent:
            with patch.object(StraightConnection, "data_received", autospec=True, side_effect=PARSE) as parse:
                line.writer.write(one)
                _, headers, body = await line.answer()
            said = one.partition(b"\r\n\r\n")[2]
            if said.startswith(b"known"):
                assert (headers["x-way"], body) == ("straight", b"straight " + said)
            else:
                assert body.startswith(b"asgi POST /here %d" % len(said))
            found.append(parse.called)
    return found


async def test_a_head_that_comes_again_is_not_parsed() -> None:
    """It is known from the first request on that began when the connection was at rest."""
    assert await parsed(*[request(b"known %d" % turn) for turn in range(5)]) == [True, True, False, False, False]


@pytest.mark.parametrize(
    "other",
    [
        request(b"other 1"),
        request(b"known 12"),
        request(b"known 1", b"X: 1"),
        request(b"known 1").replace(b"here\r", b"HERE\r"),
    ],
    ids=["not known after all", "another length", "another header", "another value"],
)
async def test_another_request_is_parsed(other: bytes) -> None:
    same = request(b"known 1")
    assert await parsed(same, same, same, other, same) == [True, True, False, True, True]


async def test_the_next_one_waits_for_its_turn() -> None:
    app = App()
    async with serving(app, **SERVING) as url, line_of(url) as line, line_of(url) as other:
        for turn in range(4):
            line.writer.write(request(b"known %d" % turn))
            assert await line.body() == b"straight known %d" % turn
        app.asked, held = [], [request(b"known %d" % turn) for turn in (4, 5, 6)]
        app.may_answer.clear()
        line.writer.write(held[0])
        await app.was_asked()
        for number, late in enumerate(held[1:]):
            line.writer.write(late)
            other.writer.write(request(b"other"))
            assert (await other.body()).startswith(b"asgi")
            assert app.asked == [b"known 4"], number
        app.may_answer.set()
        assert await line.body() == b"straight known 4"
        for late in (b"known 5", b"known 6"):
            assert (await line.body()).startswith(b"asgi") and app.asked == [b"known 4"], late


async def test_a_long_head_is_not_kept() -> None:
    long = request(b"known", b"X: " + b"x" * MAX_KEPT)
    assert await parsed(*[long] * 4) == [True] * 4


@pytest.mark.parametrize(("shown", "status"), [(token(OWNER), 401), (SERVICE, 200)], ids=["ends", "does not"])
async def test_credentials_that_end_are_looked_at_each_time(database_url: str, shown: str, status: int) -> None:
    headers = [b"Content-Type: application/json", b"Authorization: Bearer " + shown.encode()]
    sent = request(BODY, *headers, path=b"/graphql")
    async with running(database_url, jwt_public_key=PUBLIC_KEY) as api, line_of(api.url) as line:
        for _ in range(4):
            line.writer.write(sent)
            assert (await line.answer())[0] == 200
        with patch("identity._Good.refusal", return_value="This token has expired"):
            line.writer.write(sent)
            assert (await line.answer())[0] == status
