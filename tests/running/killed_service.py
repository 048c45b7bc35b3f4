"""The real service in a process of its own, to be killed in the middle of whatever it does."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.client import SERVICE
from tests.running.test_start import LAST_LINE, ROOT, environment
from tests.serving import free_port


@dataclass
class KilledService:
    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it can be reached."""
        given = {"DATABASE_URL": self.database_url, "PORT": str(self.port), "SERVICE_TOKENS": SERVICE}
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py")],
            cwd=self.folder,
            env=environment(**given),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(LAST_LINE):
                return
        raise AssertionError("it ended before it could be reached")

    def kill(self) -> None:
        """As `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@contextmanager
def killed_service(database_url: str) -> Iterator[KilledService]:
    with tempfile.TemporaryDirectory() as folder:
        service = KilledService(Path(folder), database_url)
        try:
            yield service
        finally:
            service.kill()
