"""Gets GraphiQL's files with npm, once: `python -m playground.fetch`. Without them the page takes them from a CDN."""

import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playground.files import FILES, STATIC, File, all_there, integrity_of

TIMEOUT_SECONDS = 120
PACK = (
    "pack",
    "--silent",
    "--ignore-scripts",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=1000",
)
"""`npm pack` gets a package's own archive and nothing that the package depends on; nothing of it is run."""


class NotFetchedError(Exception):
    """npm is missing or did not get the packages; the page still works, from the CDN."""


class WrongFileError(Exception):
    """A package's file is not the one pinned. Nothing of it was kept."""


def fetch(static: Path = STATIC, npm: str = "npm", files: Sequence[File] = FILES) -> bool:
    """Fill `static`, each file checked against its hash; False when all was there. Raises the errors above."""
    if all_there(static, files):
        return False
    program = which(npm)
    if program is None:
        raise NotFetchedError("npm is not here")
    static.mkdir(parents=True, exist_ok=True)
    # Inside `static`, so that moving a file to its place is one step: nobody ever sees half a file.
    with TemporaryDirectory(dir=static, prefix=".fetching-") as directory:
        packed = Path(directory)
        packages = sorted({file.package for file in files})
        archives = _pack(program, packages, packed)
        for package, archive in zip(packages, archives, strict=True):
            _unpack(archive, [file for file in files if file.package == package], static)
    return True


def _pack(program: str, packages: Sequence[str], into: Path) -> list[Path]:
    """The archives, in the packages' order: npm prints a name a line."""
    command = [program, *PACK, "--pack-destination", str(into), *packages]
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            command, cwd=into, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise NotFetchedError(f"npm did not finish ({type(error).__name__})") from error
    names = done.stdout.split()
    if done.returncode != 0 or len(names) != len(packages):
        raise NotFetchedError("npm could not get the packages")
    return [into / name for name in names]


def _unpack(archive: Path, files: Sequence[File], static: Path) -> None:
    with tarfile.open(archive) as packed:
        for file in files:
            content = _read(packed, file)
            if integrity_of(content) != file.integrity:
                raise WrongFileError(f"{file.package}/{file.path} is not the file pinned")
            new = archive.with_name(file.name)
            new.write_bytes(content)
            new.replace(static / file.name)


def _read(packed: tarfile.TarFile, file: File) -> bytes:
    try:
        member = packed.extractfile(f"package/{file.path}")
    except KeyError:
        member = None
    return b"" if member is None else member.read()


def main() -> int:
    try:
        fetched = fetch()
    except NotFetchedError as error:
        sys.stderr.write(f"GraphiQL's files were not fetched: {error}. Its page will load them from a CDN.\n")
        return 0
    except WrongFileError as error:
        sys.stderr.write(f"GraphiQL's files were refused: {error}.\n")
        return 1
    if fetched:
        sys.stdout.write(f"GraphiQL's files are in {STATIC}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
