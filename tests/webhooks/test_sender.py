"""One POST over real sockets, to servers that behave and servers that do not."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from data.attempt import Attempt, AttemptError
from data.clock import system_clock
from tests.webhooks.certificates import tls_of
from tests.webhooks.receiver import How, Receiver, Reply, receiver_on_loopback
from tests.webhooks.test_target import Answers
from webhooks.bounded_stream import ANSWER_BYTES
from webhooks.sender import Sender
from webhooks.target import Resolve, TargetRules

LOOPBACK = (ip_network("127.0.0.0/8"),)
LOCAL = TargetRules(https_only=False, allowed_networks=LOOPBACK)
BODY = b'{"event":"payment.succeeded"}'


@asynccontextmanager
async def sending(
    rules: TargetRules = LOCAL, resolve: Resolve | None = None, time_limit: float = 5
) -> AsyncIterator[Sender]:
    sender = Sender(rules, resolve or Answers(["127.0.0.1"]), system_clock, time_limit=time_limit)
    try:
        yield sender
    finally:
        await sender.aclose()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as started:
        yield started


async def attempt(receiver: Receiver, reply: Reply, time_limit: float = 5) -> Attempt:
    receiver.behave("/hooks", reply)
    async with sending(time_limit=time_limit) as sender:
        return await sender.post(receiver.url(), {}, BODY)


async def test_taken(receiver: Receiver) -> None:
    receiver.behave("/a?b=c", Reply(204, body=b""))
    async with sending() as sender:
        done = await sender.post(receiver.url("/a?b=c", "partner.example"), {"webhook-id": "msg_1"}, BODY)
    assert (done.error, done.response_status, done.response_body) == (None, 204, "")
    (request,) = receiver.received
    assert request.body == BODY
    assert request.path == "/a?b=c"
    assert request.headers["host"] == f"partner.example:{receiver.port}"
    assert request.headers["content-type"] == "application/json"
    assert request.webhook_id == "msg_1"


@pytest.mark.parametrize(
    ("reply", "error", "status"),
    [
        (Reply(201), None, 201),
        (Reply(302, {"location": "http://169.254.169.254/latest/meta-data"}), AttemptError.REDIRECT, 302),
        (Reply(304, body=b""), AttemptError.REDIRECT, 304),
        (Reply(400), AttemptError.HTTP_4XX, 400),
        (Reply(410), AttemptError.HTTP_4XX, 410),
        (Reply(500), AttemptError.HTTP_5XX, 500),
        (Reply(599), AttemptError.HTTP_5XX, 599),
        (Reply(how=How.DROP), AttemptError.CONNECT, None),
        (Reply(how=How.GARBAGE), AttemptError.CONNECT, None),
    ],
)
async def test_outcomes(receiver: Receiver, reply: Reply, error: AttemptError | None, status: int | None) -> None:
    done = await attempt(receiver, reply)
    assert (done.error, done.response_status) == (error, status)
    assert len(receiver.received) == 1


async def test_retry_after_comes_along(receiver: Receiver) -> None:
    done = await attempt(receiver, Reply(429, {"Retry-After": "120"}))
    assert (done.retry_after, done.error) == ("120", AttemptError.HTTP_4XX)


async def test_time_is_limited(receiver: Receiver) -> None:
    done = await attempt(receiver, Reply(how=How.HANG), time_limit=0.2)
    assert (done.error, done.response_status, done.response_body) == (AttemptError.TIMEOUT, None, None)
    assert done.duration_ms >= 190


@pytest.mark.parametrize(("status", "error"), [(200, None), (500, AttemptError.HTTP_5XX)])
async def test_a_status_counts_though_its_body_never_ends_in_time(
    receiver: Receiver, status: int, error: AttemptError | None
) -> None:
    done = await attempt(receiver, Reply(status, how=How.HANG_IN_BODY), time_limit=1)
    assert (done.error, done.response_status, done.response_body) == (error, status, "part")


@pytest.mark.parametrize(
    ("how", "error", "body"),
    [
        (How.ENDLESS, None, "x" * 2048),
        (How.CRUMBS, None, "x" * 2048),
        (How.ENDLESS_INTERIM, AttemptError.CONNECT, None),
    ],
)
async def test_an_endless_answer_is_not_read_to_its_end(
    receiver: Receiver, how: How, error: AttemptError | None, body: str | None
) -> None:
    async with asyncio.timeout(10):
        done = await attempt(receiver, Reply(how=how), time_limit=30)
    assert (done.error, done.response_body) == (error, body)
    in_the_sockets = 8 * 1024 * 1024
    assert receiver.sent_bytes < ANSWER_BYTES + in_the_sockets


async def test_only_text_that_postgresql_takes_is_kept(receiver: Receiver) -> None:
    done = await attempt(receiver, Reply(body=b"a\x00b\xff" + b"c" * 5000))
    assert done.response_body is not None
    assert done.response_body.startswith("a�b�ccc")
    assert len(done.response_body) == 2048


async def test_a_header_without_end(receiver: Receiver) -> None:
    done = await attempt(receiver, Reply(headers={"x-big": "y" * 500_000}))
    assert done.error is AttemptError.CONNECT


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    async with sending() as sender:
        assert (await sender.post(f"http://127.0.0.1:{port}/", {}, BODY)).error is AttemptError.CONNECT


async def test_the_next_address_serves_when_the_first_does_not(receiver: Receiver) -> None:
    async with sending(resolve=Answers(["127.0.0.2", "127.0.0.1"])) as sender:
        assert (await sender.post(receiver.url(host="partner.example"), {}, BODY)).error is None


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://[::ffff:7f00:1]:80:80/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "/hooks",
        "",
        "http://",
        "http://a\nb/",
        "http://xn--/",
        "http://xn--a/",
        "http://a/\ud800",
        "http://127.0.0.1@169.254.169.254/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
async def test_blocked(url: str) -> None:
    async with sending() as sender:
        done = await sender.post(url, {}, BODY)
    assert (done.error, done.response_status) == (AttemptError.BLOCKED_ADDRESS, None)


async def test_production_takes_https_alone(receiver: Receiver) -> None:
    async with sending(TargetRules(https_only=True, allowed_networks=LOOPBACK)) as sender:
        assert (await sender.post(receiver.url(), {}, BODY)).error is AttemptError.BLOCKED_ADDRESS
    assert receiver.connections == 0


async def test_a_name_that_does_not_resolve() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    async with sending(resolve=nowhere) as sender:
        assert (await sender.post("http://partner.example/", {}, BODY)).error is AttemptError.DNS


async def test_a_name_server_that_hangs() -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with sending(resolve=silent, time_limit=0.1) as sender:
        assert (await sender.post("http://partner.example/", {}, BODY)).error is AttemptError.TIMEOUT


async def test_a_name_that_answers_differently_the_second_time(receiver: Receiver) -> None:
    """Asked once a connection, and connected to what was checked: the flip is only seen, and blocked, the next time."""
    receiver.behave("/hooks", Reply(headers={"connection": "close"}))
    answers = Answers(["127.0.0.1"], ["10.0.0.1"])
    async with sending(resolve=answers) as sender:
        first = await sender.post(receiver.url(host="partner.example"), {}, BODY)
        assert (first.error, answers.asked) == (None, 1)
        second = await sender.post(receiver.url(host="partner.example"), {}, BODY)
    assert (second.error, answers.asked) == (AttemptError.BLOCKED_ADDRESS, 2)
    assert len(receiver.received) == 1


async def test_connections_are_kept_and_never_shared_between_names(receiver: Receiver) -> None:
    async with sending() as sender:
        for host in ("one.example", "one.example", "two.example"):
            await sender.post(receiver.url(host=host), {}, BODY)
    assert [request.connection for request in receiver.received] == [1, 1, 2]


async def test_connections_nobody_uses_are_closed(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.connections.IDLE_SECONDS", 0.05)
    async with sending() as sender:
        await asyncio.gather(*(sender.post(receiver.url(), {}, BODY) for _ in range(3)))
        assert receiver.connections == 3
        await receiver.until(lambda server: server.open_connections == 0)
        assert (await sender.post(receiver.url(), {}, BODY)).error is None


async def test_tls_asks_for_the_name_and_verifies_it(tmp_path: Path) -> None:
    server, client = tls_of(["partner.example"], tmp_path)
    async with receiver_on_loopback(server) as receiver:
        rules = TargetRules(https_only=True, allowed_networks=LOOPBACK)
        sender = Sender(rules, Answers(["127.0.0.1"]), system_clock, tls=client)
        done = await sender.post(receiver.url(host="partner.example", scheme="https"), {}, BODY)
        assert done.error is None
        assert receiver.server_names == ["partner.example"]
        assert receiver.received[0].headers["host"] == f"partner.example:{receiver.port}"
        other = await sender.post(receiver.url(host="other.example", scheme="https"), {}, BODY)
        assert (other.error, len(receiver.received)) == (AttemptError.TLS, 1)
        await sender.aclose()


async def test_tls_by_an_authority_nobody_trusts(tmp_path: Path) -> None:
    server, _ = tls_of(["partner.example"], tmp_path)
    async with receiver_on_loopback(server) as receiver, sending() as sender:
        done = await sender.post(receiver.url(host="partner.example", scheme="https"), {}, BODY)
    assert (done.error, receiver.received) == (AttemptError.TLS, [])


async def test_plain_text_where_tls_is_expected(receiver: Receiver) -> None:
    receiver.behave("/hooks", Reply(how=How.GARBAGE))
    async with sending(time_limit=0.5) as sender:
        done = await sender.post(receiver.url(scheme="https"), {}, BODY)
    assert done.error in (AttemptError.TLS, AttemptError.TIMEOUT, AttemptError.CONNECT)
