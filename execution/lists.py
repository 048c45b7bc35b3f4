"""Lists: of items, and of what comes one by one."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

from graphql import located_error
from graphql.pyutils import Path, is_awaitable, is_iterable

from execution.completion import Object
from execution.errors import no_iterable_error
from execution.kind import At, Done, Execute, Kind, Nullable, nullable
from execution.late import awaited, gathered_items, later
from execution.ready import ready
from execution.run import Info, Run, settle

_new: Any = tuple.__new__


@dataclass(slots=True, eq=False)
class ListOf(Nullable):
    item: Kind

    @property
    def needs_info(self) -> bool:
        return self.item.needs_info

    def complete_value(self, value: Any, at: At, path: Path, info: Info | None, run: Run) -> Done:
        if hasattr(value, "__aiter__"):
            return self._from_stream(value.__aiter__(), at, path, info, run)
        if not is_iterable(value):
            raise no_iterable_error(at.parent, at.name)
        return self.items(value, at, path, info, run)

    def items(self, values: Iterable[Any], at: At, path: Path, info: Info | None, run: Run) -> Done:
        done: list[Any] = []
        late: list[int] = []
        iterator = iter(values)
        execute, quick = self._execute_item(), self._quick_item()
        try:
            for index, item in enumerate(iterator):
                is_ready = ready[type(item)]
                if quick is not None and is_ready and (at_once := quick(item)) is not None:
                    done.append(at_once)
                    continue
                here = _new(Path, (path, index, None))
                if execute is None or not is_ready:
                    self._add(item, at, here, info, run, done, late)
                    continue
                try:
                    data = execute(item, here, run)
                except Exception as error:
                    run.failed(error, at.nodes, here, non_null=self.item.non_null)
                    data = None
                if type(data) is CoroutineType:
                    late.append(index)
                    data = later(self.item, data, at, here, run)
                done.append(data)
        except Exception:
            overtaken = [done[index] for index in late]
            overtaken.extend(_rest(iterator))
            if overtaken:
                settle(overtaken)
            raise
        return gathered_items(done, late) if late else done

    def _execute_item(self) -> Execute | None:
        """The short way for objects that need no more than their selection set."""
        kind = nullable(self.item)
        return kind.execute if isinstance(kind, Object) and not kind.needs_info else None

    def _quick_item(self) -> Callable[[Any], dict[str, Any] | None] | None:
        kind = nullable(self.item)
        return kind.quick if isinstance(kind, Object) else None

    def _add(
        self,
        item: Any,
        at: At,
        path: Path,
        info: Info | None,
        run: Run,
        done: list[Any],
        late: list[int],
    ) -> None:
        if is_awaitable(item):
            late.append(len(done))
            done.append(awaited(self.item, item, at, path, info, run))
            return
        try:
            completed = self.item.complete(item, at, path, info, run)
        except Exception as error:
            run.failed(error, at.nodes, path, non_null=self.item.non_null)
            completed = None
        if type(completed) is CoroutineType:
            late.append(len(done))
            completed = later(self.item, completed, at, path, run)
        done.append(completed)

    async def _from_stream(self, stream: Any, at: At, path: Path, info: Info | None, run: Run) -> list[Any]:
        done: list[Any] = []
        late: list[int] = []
        try:
            while True:
                try:
                    item = await anext(stream)
                except StopAsyncIteration:
                    break
                except Exception as error:
                    raise located_error(error, at.nodes, path.as_list()) from error
                self._add(item, at, Path(path, len(done), None), info, run, done, late)
        except Exception:
            if hasattr(stream, "aclose"):
                with suppress(Exception):
                    await stream.aclose()
            if late:
                settle([done[index] for index in late])
            raise
        return await gathered_items(done, late) if late else done


def _rest(iterator: Iterator[Any]) -> list[Awaitable[Any]]:
    awaitables: list[Awaitable[Any]] = []
    with suppress(Exception):
        awaitables.extend(item for item in iterator if is_awaitable(item))
    return awaitables
