"""Lines of JSON, ours and those of libraries, whatever stands in them."""

import json
import subprocess
import sys

LINES = r"""
import logging, structlog
from monitoring.logs import configure_logs, info_of_each
from monitoring.trace import carry
configure_logs(for_people=False)
log = structlog.get_logger()
carry("r-1", {})
log.info("request", ms=1.5, name="ü", huge=2**70, half="\ud83d", thing=object)
try:
    secret = "hunter2"
    raise ValueError("broken")
except ValueError:
    log.exception("failed")
    logging.getLogger("library").exception("failed too")
info_of_each(log.bind(), [{"event": "one of two", "request_id": "r-2"}, {"event": "the other", "request_id": "r-3"}])
log.debug("not shown")
logging.getLogger("uvicorn").info("not shown")
"""


def test_every_line_is_json() -> None:
    said = subprocess.run([sys.executable, "-c", LINES], capture_output=True, text=True, check=True).stderr
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines] == ["request", "failed", "failed too", "one of two", "the other"]
    first = lines[0]
    assert (first["ms"], first["name"], first["huge"], first["half"]) == (1.5, "ü", 2**70, "\ud83d")
    assert [line["request_id"] for line in lines] == ["r-1", "r-1", "r-1", "r-2", "r-3"]
    assert [line["level"] for line in lines] == ["info", "error", "error", "info", "info"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "ValueError: broken" in lines[1]["exception"]
    assert "hunter2" not in said
