"""pgbench runs what PostgreSQL's log has, with names of its own."""

import pytest

from benchmarks.pgbench import script_of
from benchmarks.recording import Statement, statements_of

ID, OTHER, FIXED = (f"01a21234-9473-7dd3-97e4-c8c935f4a62{n}" for n in range(3))
LOG = f"""\
2026-11-25 10:16:05.999 UTC [7] LOG:  statement: BEGIN;
2026-11-25 10:16:05.999 UTC [7] LOG:  execute __asyncpg_stmt_1__:\x20
\tINSERT INTO t (a, b, c)
\tVALUES ($1, $2, $3)
2026-11-25 10:16:05.999 UTC [7] DETAIL:  Parameters: $1 = '{ID}', $2 = NULL, $3 = 'it''s\\ :a {FIXED}'
2026-11-25 10:16:06.001 UTC [9] LOG:  checkpoint starting: time
2026-11-25 10:16:06.002 UTC [7] LOG:  statement: COMMIT;
"""


def test_statements_are_read_with_their_values() -> None:
    insert = Statement("INSERT INTO t (a, b, c)\nVALUES ($1, $2, $3)", (ID, None, f"it's\\ :a {FIXED}"))
    assert list(statements_of(LOG)) == [Statement("BEGIN;"), insert, Statement("COMMIT;")]


def test_names_are_made_anew_and_the_rest_stays() -> None:
    first, second = list(statements_of(LOG)), list(statements_of(LOG.replace(ID, OTHER)))
    opening, *lines = script_of(first, second).splitlines()
    assert opening == ("SELECT '' || name0 || '' AS value0 FROM (SELECT uuidv7()::text AS name0) names \\gset")
    quoted = rf"E'it''s\\ \x3aa {FIXED}'"
    assert lines == ["BEGIN;", "INSERT INTO t (a, b, c)", f"VALUES (:value0, NULL, {quoted});", "COMMIT;"]


def test_recordings_of_something_else_are_refused() -> None:
    first = list(statements_of(LOG))
    with pytest.raises(ValueError, match="other statements"):
        script_of(first, first[:-1])
