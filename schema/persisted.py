"""Persisted operations: Apollo's automatic ones, and a list of those that alone are answered where it is set."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from resolvers.caller import Caller
from schema.documents import MAX_DOCUMENTS, MAX_TEXT
from schema.errors import BAD_USER_INPUT

VERSION = 1
"""Of Apollo's protocol."""
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
"""The client sends the text with the hash once more."""
NOT_IN_LIST = "PERSISTED_QUERY_NOT_IN_LIST"
TEXT_NOT_IN_LIST = "QUERY_NOT_IN_SAFELIST"

NAMED = "sha256:"
"""GraphQL Code Generator writes it before a hash."""
_HASH = re.compile(r"[0-9a-f]{64}")


class PersistedError(Exception):
    """Why there is nothing to execute; the text is what Apollo's clients know it by."""

    def __init__(self, message: str, code: str = BAD_USER_INPUT) -> None:
        super().__init__(message)
        self.code = code

    @property
    def formatted(self) -> dict[str, Any]:
        return {"message": str(self), "extensions": {"code": self.code}}


class ManifestError(Exception):
    """The text says what is wrong with the file."""


class Persisted:
    """Texts by their SHA-256. What clients register is forgotten when others were used more lately."""

    def __init__(self, manifest: Mapping[str, str] | None = None, *, only: bool = False) -> None:
        """`only`: people and nobody may send what the manifest has and nothing else; services and gateways anything."""
        self._manifest = dict(manifest or {})
        self._listed = set(self._manifest.values())
        self._only = only
        self._known: OrderedDict[str, str] = OrderedDict()

    def admits(self, text: str, caller: Caller) -> bool:
        return not self._bound(caller) or text in self._listed

    def text_of(self, query: str | None, extensions: object, caller: Caller) -> str | None:
        """What to execute. Raises PersistedError."""
        said = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
        if said is None:
            text = query
        else:
            hash_ = _hash_of(said)
            text = self._recalled(hash_, caller) if query is None else self._registered(hash_, query, caller)
        if text is not None and not self.admits(text, caller):
            raise PersistedError("This operation is not in the list of those that are answered", TEXT_NOT_IN_LIST)
        return text

    def _bound(self, caller: Caller) -> bool:
        return self._only and not (caller.is_service or caller.vouched)

    def _recalled(self, hash_: str, caller: Caller) -> str:
        text = self._manifest.get(hash_)
        if text is None and self._bound(caller):
            raise PersistedError("PersistedQueryNotInList", NOT_IN_LIST)
        if text is None:
            text = self._known.get(hash_)
            if text is None:
                raise PersistedError("PersistedQueryNotFound", NOT_FOUND)
            self._known.move_to_end(hash_)
        return text

    def _registered(self, hash_: str, query: str, caller: Caller) -> str:
        if hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != hash_:
            raise PersistedError("provided sha does not match query")
        if len(query) <= MAX_TEXT and not self._bound(caller):
            self._known[hash_] = query
            if len(self._known) > MAX_DOCUMENTS:
                self._known.popitem(last=False)
        return query


def _hash_of(said: object) -> str:
    if not isinstance(said, Mapping) or said.get("version") != VERSION:
        raise PersistedError("Unsupported persisted query version")
    hash_ = said.get("sha256Hash")
    if not isinstance(hash_, str) or not _HASH.fullmatch(hash_.removeprefix(NAMED)):
        raise PersistedError("sha256Hash is 64 hexadecimal digits")
    return hash_.removeprefix(NAMED)


def read_manifest(path: Path) -> dict[str, str]:
    """Apollo's manifest, or the plain object of hashes and texts that GraphQL Code Generator writes.

    Raises ManifestError.
    """
    try:
        written = orjson.loads(path.read_bytes())
        operations = written.get("operations", written)
        if isinstance(operations, list):
            operations = {one["id"]: one["body"] for one in operations}
        if not all(isinstance(text, str) for pair in operations.items() for text in pair):
            raise TypeError
    except OSError as error:
        raise ManifestError(f"cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ManifestError("is not a manifest of persisted operations") from None
    return {hash_.removeprefix(NAMED): text for hash_, text in operations.items()}
