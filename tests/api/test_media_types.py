"""In which media type an answer comes, by what the client accepts: one answer, or a stream of them."""

import pytest

from tests.api.client import Api

NEWER = "application/graphql-response+json"
TYPENAME = {"query": "{ __typename }"}
URQL = f"{NEWER}, application/graphql+json, application/json, text/event-stream, multipart/mixed"


@pytest.fixture
def api(shared_api: Api) -> Api:
    return shared_api


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (NEWER, NEWER),
        (f"{NEWER}, application/json;q=0.9", NEWER),
        (f"{NEWER};q=0.1, application/json", "application/json"),
    ],
)
async def test_answers_in_the_media_type_asked_for(api: Api, accept: str, media: str) -> None:
    response = await api.http.post("/graphql", json=TYPENAME, headers={"accept": accept})
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (URQL, NEWER),
        ("multipart/mixed;subscriptionSpec=1.0,application/json", "application/json"),
        ("application/json, text/event-stream;q=0", "application/json"),
        ("text/event-stream, */*;q=0.1", "text/event-stream"),
        ("text/event-stream", "text/event-stream"),
    ],
)
async def test_a_query_is_one_answer_where_that_is_as_welcome_as_a_stream(api: Api, accept: str, media: str) -> None:
    for query in ("{ stream: __typename }", "{ stream: __typename }", "{"):
        response = await api.http.post("/graphql", json={"query": query}, headers={"accept": accept})
        assert response.headers["content-type"].partition(";")[0] == media
    assert response.status_code in ((400,) if media == NEWER else (200, 400))


async def test_lines_of_accept_are_one_list(api: Api) -> None:
    lines = [("accept", "text/html"), ("accept", f"text/plain, {NEWER}")]
    response = await api.http.post("/graphql", json=TYPENAME, headers=lines)
    assert response.status_code == 200 and response.headers["content-type"] == f"{NEWER}; charset=utf-8"
