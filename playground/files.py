"""The files GraphiQL is made of: which package of npm has them, and the hash each must have."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""Where `python -m playground.fetch` puts them. Never committed."""
CDN = "https://unpkg.com"
"""Has the same files at the same paths; serves where STATIC is not filled."""


@dataclass(frozen=True, slots=True)
class File:
    name: str
    """In STATIC."""
    package: str
    """With its version, as npm and the CDN write it."""
    path: str
    """Inside the package."""
    integrity: str
    """SHA-384 as browsers write it: the same for the file fetched and for the one on the CDN."""

    @property
    def cdn_url(self) -> str:
        return f"{CDN}/{self.package}/{self.path}"


FILES = (
    File(
        "react.js",
        "react@18.2.0",
        "umd/react.production.min.js",
        "sha384-tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    File(
        "react-dom.js",
        "react-dom@18.2.0",
        "umd/react-dom.production.min.js",
        "sha384-bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    File(
        "graphiql.js",
        "graphiql@3.8.3",
        "graphiql.min.js",
        "sha384-HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    File(
        "explorer.js",
        "@graphiql/plugin-explorer@1.0.2",
        "dist/index.umd.js",
        "sha384-2oonKe47vfHIZnmB6ZZ10vl7T0Y+qrHQF2cmNTaFDuPshpKqpUMGMc9jgj9MLDZ9",
    ),
    File(
        "graphiql.css",
        "graphiql@3.8.3",
        "graphiql.min.css",
        "sha384-Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
    File(
        "explorer.css",
        "@graphiql/plugin-explorer@1.0.2",
        "dist/style.css",
        "sha384-5DFJlDPW2tSATRbM8kzoP1j194jexLswuNmClWoRr2Q0x7R68JIQzPHZ02Faktwi",
    ),
)
"""In the order a page loads them. graphql and the graphql-ws client are inside graphiql.js."""


def integrity_of(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def all_there(static: Path = STATIC, files: Sequence[File] = FILES) -> bool:
    """Whether every file is in `static` with the hash it must have. Reads 4 MB: about 10 ms."""
    return all(_is_there(static / file.name, file) for file in files)


def _is_there(path: Path, file: File) -> bool:
    return path.is_file() and integrity_of(path.read_bytes()) == file.integrity
