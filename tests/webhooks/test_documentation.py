"""What the README tells partners is run, and compared with what we do."""

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.secret import Secret
from tests.webhooks.partners import HEX, WHSEC
from webhooks.event import OLDER_NAMES, EventType
from webhooks.schedule import MAX_ATTEMPTS, STEPS
from webhooks.schema_route import SCHEMAS
from webhooks.signature import sign

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TEXT = README[README.index("## For partners") : README.index("## Settings")]
BODY = '{"event":"payment.succeeded","name":"Ñandú"}'.encode()
UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1)}
MAX_LINES = 8


def code(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(block)


def requests() -> list[tuple[str, dict[str, str], bytes, bool]]:
    """Secret, headers, body, and whether it is genuine."""
    now = datetime.now(UTC)
    both = sign([Secret(WHSEC), Secret(HEX)], "msg_1", now, BODY)
    return [
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY), BODY, True),
        (HEX, sign([Secret(HEX)], "msg_1", now, BODY), BODY, True),
        (WHSEC, both, BODY, True),
        (HEX, both, BODY, True),
        (HEX, sign([Secret(WHSEC)], "msg_1", now, BODY), BODY, False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY), BODY + b" ", False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now - timedelta(minutes=6), BODY), BODY, False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY) | {"webhook-id": "msg_2"}, BODY, False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY) | {"webhook-timestamp": "soon"}, BODY, False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY) | {"webhook-timestamp": "9" * 5000}, BODY, False),
        (WHSEC, sign([Secret(WHSEC)], "msg_1", now, BODY) | {"webhook-signature": "v1,ñ v1, ,"}, BODY, False),
        (WHSEC, {}, BODY, False),
    ]


def test_the_python_of_eight_lines() -> None:
    source = code("python")
    names: dict[str, Any] = {}
    exec(source, names)
    is_genuine: Callable[[str, dict[str, str], bytes], bool] = names["is_genuine"]
    assert [is_genuine(secret, headers, body) for secret, headers, body, _ in requests()] == [
        genuine for *_, genuine in requests()
    ]
    assert len(source.split("\n\n")[1].splitlines()) <= MAX_LINES


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
async def test_the_node_of_eight_lines(tmp_path: Path) -> None:
    source = code("js")
    assert len(source.split("\n\n")[1].splitlines()) <= MAX_LINES
    given = [[secret, headers, body.hex()] for secret, headers, body, _ in requests()]
    script = tmp_path / "verify.mjs"
    script.write_text(
        f"{source}\nconst given = {json.dumps(given)};\n"
        "console.log(JSON.stringify(given.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b, 'hex')))));\n"
    )
    process = await asyncio.create_subprocess_exec("node", str(script), stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert json.loads(out) == [genuine for *_, genuine in requests()]


def test_the_schedule() -> None:
    (row,) = re.findall(r"^\| wait \|(.*)\|$", TEXT, re.MULTILINE)
    waits = [int(number) * UNITS[unit] for number, unit in (cell.split() for cell in row.split("|"))]
    assert tuple(waits) == STEPS
    hours, minutes = divmod(round(sum(STEPS, timedelta(0)).total_seconds() / 60), 60)
    assert MAX_ATTEMPTS == 10 and f"Ten attempts over {hours} h {minutes} min" in TEXT


def test_the_events() -> None:
    rows = re.findall(r"^\| `(payment\.\w+)` \|.*\((.*)\) \|$", TEXT, re.MULTILINE)
    assert [name for name, _ in rows] == list(EventType)
    for name, path in rows:
        assert (ROOT / path).resolve() == SCHEMAS[EventType(name)]
    assert all(f"`{name}`" in TEXT for name in OLDER_NAMES)
