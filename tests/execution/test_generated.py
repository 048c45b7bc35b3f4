"""A thousand made-up queries give the same bytes, calls and batches compiled and by graphql-core."""

import pytest

from tests.execution.fuzz import check, subjects

CASES = {"zoo": 400, "library": 300, "payments": 300}


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", CASES)
async def test_compiled_queries_do_what_graphql_core_does(name: str) -> None:
    tally = await check(subjects()[name], 0, CASES[name])
    assert tally.cases == CASES[name]
    assert tally.with_data > tally.cases / 4
    assert tally.with_errors > tally.cases / 5
