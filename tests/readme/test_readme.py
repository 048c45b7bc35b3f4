"""What the README shows is what there is: its example is run, its tables, its diagram and its links are compared."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.report import BEGIN, END
from data.status import TRANSITIONS
from providers.mock import Creation
from providers.mock_outcomes import Outcome
from resolvers.refusals import Refusal
from schema import errors, persisted
from tests.api.client import Api
from tests.readme.settings_table import settings_table
from tests.test_structure import ROOMS
from tests.webhooks.partners import WHSEC
from webhooks.__main__ import parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("examples/*/README.md"))]
README = PAGES[0].read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1]


def shape(value: Any) -> Any:
    """Without what is another one every time: ids, secrets and addresses."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    fresh = re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", str(value))
    return re.sub(r":\d+|(?<=mock_)[\w-]+|(?<=secret_)[\w-]+", "", fresh)


async def test_its_checkout_gives_the_answer_it_shows(api: Api) -> None:
    assert shape(await api.answer(block("graphql"))) == shape(json.loads(block("json")))


def test_its_settings_are_the_settings() -> None:
    assert settings_table() in README, "python -m tests.readme.settings_table prints it"


def test_its_rooms_are_those_that_are_kept() -> None:
    rows = re.findall(r"^\| \[`([a-z]+)(?:/|\.py)`\]\(.*\) \|.*\| ([a-z, ]+) \|$", README, re.MULTILINE)
    named = {room: set() if may == "nothing of ours" else set(may.split(", ")) for room, may in rows}
    assert named == ROOMS | {"app": {"everything"}}


def test_its_codes_are_those_of_errors() -> None:
    refusals = {refusal.code for refusal in Refusal.__subclasses__()}
    said = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", README.split("`extensions.code`:")[1].split("no inner text")[0]))
    persisted_ones = {persisted.NOT_FOUND, persisted.NOT_IN_LIST, persisted.TEXT_NOT_IN_LIST}
    others = {errors.BAD_USER_INPUT, errors.LIMIT_EXCEEDED, errors.INTERNAL, errors.UNAVAILABLE}
    assert said == refusals | persisted_ones | others


def test_its_diagram_is_the_transition_table() -> None:
    arrows = re.findall(r"^ +([A-Z]+) --> ([A-Z]+)", block("mermaid"), re.MULTILINE)
    assert sorted(arrows) == sorted((str(old), str(new)) for old, new in TRANSITIONS)


def test_it_names_everything_the_mock_does() -> None:
    for word in [*Outcome, *Creation]:
        assert f"`{word}`" in README


def test_it_shows_the_figures_that_were_found() -> None:
    table = README.partition(BEGIN)[2].partition(END)[0].partition("\n\n|")[2].partition("\n\n")[0]
    assert table.count("\n") > 10 and table in (ROOT / "benchmarks" / "results.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("line", re.findall(r"\.venv/bin/python -m webhooks\b([^`]*)`", README))
def test_its_webhook_commands_are_understood(line: str) -> None:
    given = line.partition("<")[0].replace("whsec_…", WHSEC).replace("--partner …", f"--partner {uuid4()}")
    assert vars(parser().parse_args(given.split()))["command"] == next(iter(given.split()), None)


def test_its_commands_are_in_the_makefile() -> None:
    named = set(re.findall(r"`?make ([a-z-]+)", README)) - {"are"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets
