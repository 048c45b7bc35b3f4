"""The schema that is served is the one that is written down."""

from pathlib import Path

from schema.schema import sdl

WRITTEN = Path(__file__).parents[1] / "schema" / "schema.graphql"


def test_the_printed_schema_is_reviewed_in_every_change() -> None:
    assert WRITTEN.read_text() == sdl(), "python -m schema > schema/schema.graphql"
