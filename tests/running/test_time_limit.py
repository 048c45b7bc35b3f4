import re
import subprocess
import sys
from pathlib import Path

import pytest

ENDS_SECONDS = 120
HANGING = {
    "sync": "import time\ndef test_hangs(): time.sleep(999)",
    "async": "import asyncio\nasync def test_hangs(): await asyncio.Event().wait()",
    "blocked_loop": "import time\nasync def test_hangs(): time.sleep(999)",
    "thread": "import threading\ndef test_hangs(): threading.Event().wait()",
    "fixture": """
import asyncio, pytest
@pytest.fixture
async def never():
    await asyncio.Event().wait()
async def test_hangs(never): pass
""",
    "end_of_fixture": """
import asyncio, pytest
@pytest.fixture
def anyio_backend(): return "asyncio", {"use_uvloop": True}
@pytest.fixture
async def never():
    yield
    await asyncio.Event().wait()
async def test_hangs(never): pass
""",
}
NEXT = "\nasync def test_after_it(): pass\n"


@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_hangs_fails_and_the_others_go_on(workers: str, tmp_path: Path) -> None:
    for kind, test in HANGING.items():
        (tmp_path / f"test_{kind}.py").write_text(test + NEXT)
    (tmp_path / "pytest.ini").write_text("[pytest]\nanyio_mode = auto\n")
    options = ["-p", "tests.time_limit", "-n", workers, "--rootdir", str(tmp_path), "-c", "pytest.ini", "."]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path.cwd()), "TEST_SECONDS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=ENDS_SECONDS,
    )
    failed = [re.split(r"[ \[]", line)[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert sorted(failed) == [f"test_{kind}.py::test_hangs" for kind in sorted(HANGING)], done.stdout + done.stderr
    assert "TimeoutError" in done.stdout, "where the loop can, it says what was waited for"
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
