"""Requests share statements, and nothing else: not an error of others, not a statement that has begun."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from data.joint import AT_ONCE, FEW, Joint
from monitoring.trace import carry, said

MISSING = 404


class Table:
    """Answers when told to."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, set[int]]] = []
        self.answers: list[asyncio.Future[None]] = []
        self.sent = 0
        """Statements that have left: what is written goes out at the end of a turn."""
        self.joint: Joint[str, int, int] = Joint(self.load)

    async def load(self, group: str, keys: Sequence[int]) -> Mapping[int, int]:
        self.statements.append((group, set(keys)))
        asyncio.get_running_loop().call_soon(self._send)
        answer = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        await answer
        return {key: key * 10 for key in keys if key != MISSING}

    def _send(self) -> None:
        self.sent += 1

    def ask(self, group: str, key: int, asker: object = "somebody") -> "asyncio.Future[str | None]":
        return self.joint.get(group, key, str, asker)


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def as_many_as_may_run(table: Table, group: str) -> "list[asyncio.Future[str | None]]":
    """Statements of one key each."""
    asked = []
    for number in range(AT_ONCE):
        asked.append(table.ask(group, number))
        await turns()
    return asked


async def test_those_who_ask_together_share_a_statement() -> None:
    table = Table()
    asked = [table.ask("all", key) for key in (1, 2, 2, 3, MISSING)]
    await turns()
    assert table.statements == [("all", {1, 2, 3, MISSING})]
    table.answers[0].set_result(None)
    assert await asyncio.gather(*asked) == ["10", "20", "20", "30", None]


async def test_different_eyes_do_not() -> None:
    table = Table()
    table.ask("all", 1), table.ask("user", 1)
    await turns()
    assert table.statements == [("all", {1}), ("user", {1})]


async def test_nobody_joins_what_has_begun_and_the_rest_wait_together() -> None:
    table = Table()
    running = await as_many_as_may_run(table, "all")
    waiting = [table.ask("all", 7), table.ask("all", 8), table.ask("all", 0)]
    await turns()
    assert len(table.statements) == AT_ONCE
    table.answers[0].set_result(None)
    await turns()
    assert table.statements[AT_ONCE:] == [("all", {7, 8, 0})]
    for answer in table.answers[1:]:
        answer.set_result(None)
    assert await asyncio.gather(*waiting) == ["70", "80", "0"]
    await asyncio.gather(*running)


async def test_the_next_statement_has_been_sent_before_anybody_goes_on() -> None:
    """What they make of what was found takes them as long as PostgreSQL takes for the next."""
    table = Table()
    asked = await as_many_as_may_run(table, "all")
    waiting = table.ask("all", 7)
    await turns()
    seen: list[int] = []
    asked[0].add_done_callback(lambda _: seen.append(table.sent))
    table.answers[0].set_result(None)
    await turns()
    assert seen == [AT_ONCE + 1]
    for answer in table.answers[1:]:
        answer.set_result(None)
    assert await asyncio.gather(*asked, waiting) == ["0", "10", "20", "70"]


async def test_a_group_does_not_wait_for_another() -> None:
    table = Table()
    await as_many_as_may_run(table, "slow")
    table.ask("slow", 7), table.ask("other", 1)
    await turns()
    assert table.statements[AT_ONCE:] == [("other", {1})]


async def test_one_who_goes_takes_nothing_from_the_others() -> None:
    table = Table()
    gone, stays = table.ask("all", 1), table.ask("all", 2)
    await turns()
    gone.cancel()
    await turns()
    table.answers[0].set_result(None)
    assert await stays == "20"


async def test_an_error_reaches_all_who_shared_and_nobody_after() -> None:
    table = Table()
    asked = [table.ask("all", 1), table.ask("all", 2)]
    await turns()
    table.answers[0].set_exception(OSError("gone"))
    for one in asked:
        with pytest.raises(OSError, match="gone"):
            await one
    again = table.ask("all", 1)
    await turns()
    table.answers[1].set_result(None)
    assert await again == "10"


async def test_what_waits_is_split_among_the_statements_that_may_run() -> None:
    """So that one is with PostgreSQL while another one's rows are read, however many ask at once."""
    for number in (FEW, FEW + 1, FEW * AT_ONCE, FEW * AT_ONCE * 3):
        table = Table()
        asked = [table.ask("all", key, asker=key) for key in range(number)]
        await turns()
        sizes = [len(keys) for _, keys in table.statements]
        assert sum(sizes) == number and len(sizes) <= AT_ONCE
        assert max(sizes) == max(FEW, -(-number // AT_ONCE))
        for answer in table.answers:
            answer.set_result(None)
        assert await asyncio.gather(*asked) == [str(key * 10) for key in range(number)]


async def test_however_many_ask_for_the_same_it_is_one_key() -> None:
    table = Table()
    asked = [table.ask("all", 1) for _ in range(FEW * AT_ONCE * 2)]
    await turns()
    assert table.statements == [("all", {1})]
    table.answers[0].set_result(None)
    assert set(await asyncio.gather(*asked)) == {"10"}


async def test_what_one_asks_for_is_one_statements() -> None:
    table = Table()
    asked = [table.ask("all", asker * 100 + key, asker=asker) for asker in (1, 2) for key in range(FEW * AT_ONCE)]
    await turns()
    assert sorted(min(keys) for _, keys in table.statements) == [100, 200]
    assert [len(keys) for _, keys in table.statements] == [FEW * AT_ONCE] * 2
    for answer in table.answers:
        answer.set_result(None)
    assert None not in await asyncio.gather(*asked)


async def test_several_keys_are_asked_for_at_once_in_one_statement() -> None:
    table = Table()
    several = [table.joint.get_all("all", [*range(asker, asker + FEW * AT_ONCE), MISSING], str) for asker in (0, 500)]
    await turns()
    assert [len(keys) for _, keys in table.statements] == [FEW * AT_ONCE + 1] * 2
    for answer in table.answers:
        answer.set_result(None)
    for asker, found in zip((0, 500), await asyncio.gather(*several), strict=True):
        assert found == [*[str(key * 10) for key in range(asker, asker + FEW * AT_ONCE)], None]


async def test_several_keys_and_single_ones_share_what_is_read() -> None:
    table = Table()
    gone = table.joint.get_all("all", [1, 2], str)
    twice, none, one = (
        table.joint.get_all("all", [2, 2, 3], str),
        table.joint.get_all("all", [], str),
        table.ask("all", 3),
    )
    await turns()
    assert table.statements == [("all", {1, 2, 3})]
    gone.cancel()
    await turns()
    table.answers[0].set_result(None)
    assert (await twice, await none, await one) == (["20", "20", "30"], [], "30")


async def test_an_error_of_several_is_theirs_alone() -> None:
    def broken(value: int) -> str:
        if value == 20:
            raise ValueError
        return str(value)

    table = Table()
    failed, one = table.joint.get_all("all", [1, 2], broken), table.ask("all", 1)
    await turns()
    table.answers[0].set_result(None)
    with pytest.raises(ValueError):
        await failed
    assert await one == "10"
    lost = table.joint.get_all("all", [1, 2], broken)
    await turns()
    table.answers[1].set_exception(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await lost


async def test_what_cannot_be_made_fails_whoever_wants_it_and_nobody_else() -> None:
    def broken(_: int) -> str:
        raise ValueError

    table = Table()
    asked = [table.ask("all", 1), table.joint.get("all", 1, broken, None), table.ask("all", 2)]
    await turns()
    table.answers[0].set_result(None)
    first, failed, last = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, last) == ("10", "20") and isinstance(failed, ValueError)


async def test_a_statement_belongs_to_none_of_those_who_share_it() -> None:
    told: list[object] = []

    class Told(Table):
        async def load(self, group: str, keys: Sequence[int]) -> Mapping[int, int]:
            told.append(dict(said()))
            return await super().load(group, keys)

    table = Told()
    carry("one-request", {})
    asked = [table.ask("all", key, asker=key) for key in range(FEW * AT_ONCE * 3)]
    await turns()
    for _ in range(2):
        for answer in table.answers:
            if not answer.done():
                answer.set_result(None)
        await turns()
    await asyncio.gather(*asked)
    assert told and all(one == {} for one in told)
