import sys
import tarfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from playground import fetch as fetching
from playground.fetch import NotFetchedError, WrongFileError, fetch, main
from playground.files import FILES, File, all_there, integrity_of

SCRIPT = b"'a script'"
STYLE = b"a {}"
PINNED = (
    File("one.js", "one@1.0.0", "dist/index.js", integrity_of(SCRIPT)),
    File("two.css", "@scope/two@2.0.0", "style.css", integrity_of(STYLE)),
    File("two.js", "@scope/two@2.0.0", "index.js", integrity_of(SCRIPT)),
)


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, content in members.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            packed.addfile(member, BytesIO(content))
    return path


def npm(folder: Path, archives: Sequence[Path], exit_code: int = 0) -> str:
    """A program that answers as `npm pack` does, with these archives."""
    program = folder / "npm"
    program.write_text(
        f"#!{sys.executable}\n"
        "import shutil, sys\n"
        "into = sys.argv[sys.argv.index('--pack-destination') + 1]\n"
        f"for archive in {[str(path) for path in archives]}:\n"
        "    print(shutil.copy(archive, into).rpartition('/')[2])\n"
        f"sys.exit({exit_code})\n"
    )
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def packed(tmp_path: Path) -> list[Path]:
    """In the order asked for: by name, and `@` comes first."""
    two = archive(tmp_path / "scope-two-2.0.0.tgz", {"style.css": STYLE, "index.js": SCRIPT, "other.js": b"?"})
    return [two, archive(tmp_path / "one-1.0.0.tgz", {"dist/index.js": SCRIPT})]


def test_puts_the_files_pinned_there_and_nothing_else(tmp_path: Path, packed: list[Path]) -> None:
    static = tmp_path / "static"
    assert fetch(static, npm(tmp_path, packed), PINNED)
    assert {path.name: path.read_bytes() for path in static.iterdir()} == {
        "one.js": SCRIPT,
        "two.css": STYLE,
        "two.js": SCRIPT,
    }


def test_asks_nobody_when_all_is_there(tmp_path: Path, packed: list[Path]) -> None:
    fetch(tmp_path / "static", npm(tmp_path, packed), PINNED)
    assert not fetch(tmp_path / "static", str(tmp_path / "no-npm"), PINNED)


def test_fetches_again_what_was_changed(tmp_path: Path, packed: list[Path]) -> None:
    static = tmp_path / "static"
    fetch(static, npm(tmp_path, packed), PINNED)
    (static / "two.css").write_bytes(STYLE + b" ")
    assert not all_there(static, PINNED)
    assert fetch(static, npm(tmp_path, packed), PINNED)
    assert all_there(static, PINNED)


@pytest.mark.parametrize("content", [{"dist/index.js": b"'another script'"}, {}])
def test_keeps_no_file_but_the_one_pinned(tmp_path: Path, packed: list[Path], content: dict[str, bytes]) -> None:
    other = archive(tmp_path / "other.tgz", content)
    with pytest.raises(WrongFileError, match=r"one@1\.0\.0/dist/index\.js is not the file pinned"):
        fetch(tmp_path / "static", npm(tmp_path, [packed[0], other]), PINNED)
    assert not (tmp_path / "static" / "one.js").exists()


def test_says_that_npm_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFetchedError, match="npm is not here"):
        fetch(tmp_path / "static", str(tmp_path / "no-npm"), PINNED)


def test_says_that_npm_got_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFetchedError, match="npm could not get the packages"):
        fetch(tmp_path / "static", npm(tmp_path, [], exit_code=1), PINNED)
    assert list((tmp_path / "static").iterdir()) == []


def test_goes_on_without_the_files_and_stops_at_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def raising(error: Exception) -> None:
        def fail() -> bool:
            raise error

        monkeypatch.setattr(fetching, "fetch", fail)

    raising(NotFetchedError("npm is not here"))
    assert main() == 0
    assert capsys.readouterr().err.splitlines() == [
        "GraphiQL's files were not fetched: npm is not here. Its page will load them from a CDN."
    ]
    raising(WrongFileError("a is not b"))
    assert main() == 1


def test_pins_each_file_once_with_an_exact_version() -> None:
    assert len({file.name for file in FILES}) == len(FILES)
    for file in FILES:
        assert file.package.rpartition("@")[2].replace(".", "").isdigit()
        assert file.integrity.startswith("sha384-")
