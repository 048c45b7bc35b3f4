"""A function that is made of its text when it is first called: most of an operation's are for what is unusual."""

from typing import Any

from graphql.pyutils import Path

from execution.completion import Object
from execution.kind import Done, Execute
from execution.run import Run

FILE = "<compiled GraphQL operation>"


def make(text: str, names: dict[str, Any]) -> None:
    """What it defines is among the names then, which stand for what they do in it."""
    exec(compile(text, FILE, "exec"), names)  # noqa: S102 - of our own text


class OnDemand:
    """In the place of an object's `execute`, and among the names, until it has been called."""

    __slots__ = ("_name", "_names", "_object", "_text")

    def __init__(self, name: str, text: str, names: dict[str, Any], object_: Object) -> None:
        self._name = name
        self._text = text
        self._names = names
        self._object = object_

    def __call__(self, source: Any, path: Path | None, run: Run) -> Done:
        if self._names[self._name] is self:
            make(self._text, self._names)
            self._object.execute = self._names[self._name]
        execute: Execute = self._names[self._name]
        return execute(source, path, run)
