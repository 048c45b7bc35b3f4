import subprocess
import sys
from pathlib import Path

import pytest

TESTS = {
    "skip": ("import pytest\ndef test_it(): pytest.skip('no browser')\n", 1),
    "module": ("import pytest\npytest.skip('no browser', allow_module_level=True)\n", 1),
    "skipif": ("import pytest\n@pytest.mark.skipif(True, reason='no browser')\ndef test_it(): pass\n", 1),
    "live": ("import pytest\n@pytest.mark.live\ndef test_it(): pytest.skip('no key')\n", 0),
    "xfail": ("import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n", 0),
    "pass": ("def test_it(): pass\n", 0),
}
PASSES = "def test_beside_it(): pass\n"


@pytest.mark.parametrize("kind", TESTS)
def test_a_skipped_test_fails_the_run(kind: str, tmp_path: Path) -> None:
    test, exit_code = TESTS[kind]
    (tmp_path / "test_one.py").write_text(test)
    (tmp_path / "test_two.py").write_text(PASSES)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = live\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.forbid_skips", "--rootdir", tmp_path, "-c", "pytest.ini", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert ("skipped, which this run forbids" in done.stdout) is bool(exit_code)
    assert ("no browser" in done.stdout) is bool(exit_code)
