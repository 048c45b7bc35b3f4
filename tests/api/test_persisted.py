"""Apollo's automatic persisted queries, and the list of operations that alone are answered."""

import gc
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import DocumentNode, GraphQLError, parse

from resolvers.caller import NOBODY
from schema.documents import (
    CHARACTERS_OF_FIELD,
    MAX_DOCUMENTS,
    MAX_TEXT,
    MAX_TEXTS,
    Document,
    Documents,
    untie,
    without_frames,
)
from schema.persisted import ManifestError, Persisted, read_manifest
from schema.schema import build_schema
from settings import SettingsError
from tests.api.client import SERVICE, Api, running
from tests.api.people import GATEWAY, OWNER, PUBLIC_KEY, forwarded, own
from tests.api.test_websocket import INIT, greeted, hear, say, socket, subscribe

TYPENAME = "{ __typename }"
SECRET = "query Other { payments { nodes { id } } }"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def extension(hash_: str, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_}}


def code(response: httpx.Response) -> str | None:
    errors = response.json().get("errors")
    return errors and str(errors[0]["extensions"]["code"])


async def test_a_text_is_sent_once_and_its_hash_from_then_on(api: Api) -> None:
    hash_only = {"extensions": extension(sha(TYPENAME))}
    unknown = await api.http.post("/graphql", json=hash_only)
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    asked = [await api.http.post("/graphql", json=body) for body in (hash_only | {"query": TYPENAME}, hash_only)]
    asked.append(await api.http.get("/graphql", params={"extensions": json.dumps(hash_only["extensions"])}))
    assert [response.json() for response in asked] == [{"data": {"__typename": "Query"}}] * 3


@pytest.mark.parametrize(
    "body",
    [
        {"query": TYPENAME, "extensions": extension(sha("another"))},
        {"query": TYPENAME, "extensions": extension(sha(TYPENAME), version=2)},
        {"extensions": extension("0")},
        {"extensions": {"persistedQuery": "nonsense"}},
        {"extensions": {"persistedQuery": {"version": 1}}},
    ],
)
async def test_what_is_not_the_protocol_is_refused(api: Api, body: dict[str, Any]) -> None:
    for _ in range(2):
        response = await api.http.post("/graphql", json=body)
        assert code(response) == "BAD_USER_INPUT" and "data" not in response.json()


async def test_over_a_websocket_too(api: Api) -> None:
    payload: dict[str, Any] = {"extensions": extension(sha(TYPENAME))}
    async with greeted(api) as opened:
        for sent, answer in ((payload, "error"), (payload | {"query": TYPENAME}, "next"), (payload, "next")):
            await say(opened, {"type": "subscribe", "id": "1", "payload": sent})
            said = await hear(opened)
            assert said["type"] == answer
            if answer == "error":
                assert said["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
            else:
                assert await hear(opened) == {"id": "1", "type": "complete"}


@pytest.fixture(params=["apollo", "plain"])
def manifest(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    operation = {"id": sha(TYPENAME), "name": "Any", "type": "query", "body": TYPENAME}
    apollo = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(apollo if request.param == "apollo" else {sha(TYPENAME): TYPENAME}))
    return path


async def test_only_what_is_listed_is_answered(database_url: str, manifest: Path) -> None:
    closed = {"jwt_public_key": PUBLIC_KEY, "gateway_tokens": GATEWAY, "persisted_only": True}
    async with running(database_url, persisted_manifest=manifest, **closed) as api:

        async def asked(headers: dict[str, str], **body: Any) -> httpx.Response:
            return await api.http.post("/graphql", json=body, headers=headers)

        trusted = [{"Authorization": f"Bearer {SERVICE}"}, forwarded(OWNER)]
        for headers in [*trusted, *trusted]:
            assert code(await asked(headers, query=SECRET)) is None
        for headers in ({}, own(OWNER), own(OWNER, "ADMIN"), {"X-User-Id": str(OWNER)}):
            for listed in ({"query": TYPENAME}, {"extensions": extension(sha(TYPENAME))}):
                assert (await asked(headers, **listed)).json() == {"data": {"__typename": "Query"}}
            assert code(await asked(headers, query=SECRET)) == "QUERY_NOT_IN_SAFELIST", "known from a service by now"
            with_hash = {"query": SECRET, "extensions": extension(sha(SECRET))}
            assert code(await asked(headers, **with_hash)) == "QUERY_NOT_IN_SAFELIST"
            assert code(await asked(headers, extensions=extension(sha(SECRET)))) == "PERSISTED_QUERY_NOT_IN_LIST"
        assert await first_over_a_websocket(api, own(OWNER), SECRET) == "QUERY_NOT_IN_SAFELIST"
        assert await first_over_a_websocket(api, own(OWNER), TYPENAME) is None
        assert await first_over_a_websocket(api, forwarded(OWNER), SECRET) is None
        by_rest = await api.http.get(f"/api/payments/reservation/{OWNER}", headers=own(OWNER))
        assert by_rest.json()["data"] == [], "stored operations of our own need no place on the list"


async def first_over_a_websocket(api: Api, payload: dict[str, str], query: str) -> str | None:
    """The code of the error that comes first, if one does."""
    async with socket(api) as opened:
        await say(opened, {**INIT, "payload": payload})
        assert await hear(opened) == {"type": "connection_ack"}
        await say(opened, subscribe(query=query))
        said = await hear(opened)
    return str(said["payload"][0]["extensions"]["code"]) if said["type"] == "error" else None


async def test_a_list_is_needed_and_has_to_be_one(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PERSISTED_MANIFEST is needed"):
        async with running(database_url, persisted_only=True):
            pass
    for number, text in enumerate(["", "[]", "7", '{"operations": [{"id": 1}]}', '{"a": 1}', '{"operations": 7}']):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        with pytest.raises(ManifestError, match="is not a manifest"):
            read_manifest(path)
    with pytest.raises(SettingsError, match="PERSISTED_MANIFEST cannot be read: No such file"):
        async with running(database_url, persisted_manifest=tmp_path / "none.json"):
            pass


def test_what_clients_register_is_bounded() -> None:
    persisted = Persisted()
    texts = [f"{{ a{number}: __typename }}" for number in range(MAX_DOCUMENTS + 1)]
    for text in [*texts, " " * (MAX_TEXT + 1)]:
        persisted.text_of(text, extension(sha(text)), NOBODY)
    assert len(persisted._known) == MAX_DOCUMENTS
    assert sha(texts[0]) not in persisted._known and sha(texts[-1]) in persisted._known


def test_documents_are_kept_by_their_number_and_by_their_length() -> None:
    documents = Documents()
    long = [f"{{ {'a ' * (MAX_TEXT // 2 - 20)} b{number} }}" for number in range(2 * MAX_TEXTS // MAX_TEXT)]
    for text in [*long, long[-1]]:
        documents.keep(text, Document(parse(text)))
    kept = [text for text in long if documents.get(text)]
    assert kept == long[-len(kept) :] and MAX_TEXTS - MAX_TEXT < sum(map(len, kept)) <= MAX_TEXTS
    short = [f"{{ a{number} }}" for number in range(MAX_DOCUMENTS)]
    for text in short:
        documents.keep(text, Document(parse(text)))
    assert all(map(documents.get, short)) and not any(map(documents.get, long))


def test_a_short_text_of_many_fields_is_as_long_as_they_are() -> None:
    documents, many = Documents(), MAX_TEXT // CHARACTERS_OF_FIELD
    for number in range(3 * MAX_TEXTS // MAX_TEXT):
        documents.keep(f"{{ many{number} }}", Document(parse("{ a }"), fields=many))
    kept = [number for number in range(3 * MAX_TEXTS // MAX_TEXT) if documents.get(f"{{ many{number} }}")]
    assert 0 < len(kept) <= MAX_TEXTS // (many * CHARACTERS_OF_FIELD)
    documents.keep("{ more }", Document(parse("{ a }"), fields=many + 1))
    assert documents.get("{ more }") is None and documents.get(f"{{ many{kept[-1]} }}")


async def test_fields_are_counted_wherever_a_fragment_puts_them(api: Api) -> None:
    fields = " ".join(f"a{number}: __typename" for number in range(40))
    operations = " ".join(f"query Q{number} {{ ...f }}" for number in range(30))
    text = f"{operations} fragment f on Query {{ {fields} }}"
    response = await api.http.post("/graphql", json={"query": text, "operationName": "Q7"})
    assert response.json()["data"]["a0"] == "Query"
    document = build_schema().documents.get(text)
    assert document is not None and document.fields == 1200


async def test_what_is_forgotten_waits_for_no_garbage_collector(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{{ {' '.join(f'a{number}: __typename' for number in range(50))} }}"
    untied: list[DocumentNode] = []
    monkeypatch.setattr("schema.limits.untie", untied.append)
    for _ in range(2):
        await api.answer(text)
    assert len(untied) == 1
    assert garbage_of(text, untie) < 10 and garbage_of(text, lambda _: None) > 100


async def test_why_a_document_is_refused_keeps_no_frames(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[GraphQLError] = []

    def seen(error: GraphQLError) -> GraphQLError:
        assert error.__traceback__ or (error.original_error and error.original_error.__traceback__)
        refused.append(without_frames(error))
        return error

    monkeypatch.setattr("schema.limits.without_frames", seen)
    await api.answer("{ __type(name: [1]) { name } }")
    (error,) = refused
    assert error.__traceback__ is None and (error.original_error is None or error.original_error.__traceback__ is None)


def garbage_of(text: str, treat: Callable[[DocumentNode], None]) -> int:
    """How many objects the garbage collector has to find when a document is gone."""
    gc.collect()
    treat(parse(text))
    return gc.collect()
