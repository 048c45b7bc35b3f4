"""A text that must never be printed by accident: not by repr, str, format, logs, JSON or pickles."""

from hmac import compare_digest
from typing import NoReturn

PREFIX = "whsec_"
"""Standard Webhooks writes it before the key; it is no part of the key."""


class Secret:
    """A partner's secret. Never empty: what would leave an empty key is no secret at all (`secret_of`)."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not text.encode().removeprefix(PREFIX.encode()).strip():
            raise ValueError("A secret must not be empty")
        self._text = text

    def reveal(self) -> str:
        """The text itself, to sign with or to store; nothing else may be done with it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled")


def secret_of(text: str | None) -> Secret | None:
    """None where there is no secret: null, empty, blank, the prefix alone, or no text that UTF-8 can write."""
    try:
        return None if text is None else Secret(text)
    except ValueError:
        return None
