"""A Strawberry schema with what Strawberry wraps: interfaces, unions, generics, permissions, extensions, loaders."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types import Info

from schema.reads import mark_reads
from tests.execution.compare import World

Item = TypeVar("Item")


@strawberry.enum
class Genre(Enum):
    NOVEL = "novel"
    POEM = strawberry.enum_value("poem", description="Short.")
    ESSAY = 3


class Signed(BasePermission):
    message = "Sign in"
    error_extensions = {"code": "UNAUTHENTICATED"}  # noqa: RUF012

    def has_permission(self, source: Any, info: Info[World, None], **kwargs: Any) -> bool:
        return info.context.seed % 3 != 0


class Shouted(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: Info[World, None], **kwargs: Any) -> Any:
        return str(next_(source, info, **kwargs)).upper()


@strawberry.interface
class Work:
    title: str
    row: strawberry.Private[int]

    @strawberry.field
    def genre(self) -> Genre:
        return list(Genre)[self.row % 3]

    @strawberry.field
    async def author(self, info: Info[World, None]) -> "Author":
        return await _author(info, self.row)


@strawberry.type
class Book(Work):
    pages: int

    @strawberry.field
    def price(self) -> Decimal | None:
        if self.row % 11 == 0:
            raise ValueError(f"no price for {self.row}")
        return None if self.row % 5 == 0 else Decimal(self.row) / 4

    @strawberry.field
    def chapters(self, first: int = 3, names: list[str] | None = None) -> list[list[str]]:
        return [[f"{self.row}.{number}", *(names or [])] for number in range(first)]

    @strawberry.field(extensions=[Shouted()])  # type: ignore[untyped-decorator]
    def cry(self) -> str:
        return self.title

    @strawberry.field(permission_classes=[Signed])  # type: ignore[untyped-decorator]
    def secret(self) -> str | None:
        return "s"


@strawberry.type
class Poem(Work):
    @strawberry.field
    def lines(self) -> list[str | None]:
        return ["a", None, "b"][: self.row % 4]

    @strawberry.field
    async def verses(self) -> AsyncIterator[str]:
        for number in range(self.row % 3):
            await asyncio.sleep(0)
            yield f"verse {number}"


@strawberry.type
class Stray:
    """Of the union, but not its interface; its attribute is not what its type says."""

    weight: int


@strawberry.type
class Page(Generic[Item]):
    nodes: list[Item]
    total: int


@strawberry.type
class Author:
    id: strawberry.ID
    name: str

    @strawberry.field
    async def works(self, info: Info[World, None], first: int = 2) -> list[Work]:
        return [_work(info.context, int(self.id) + number) for number in range(first)]

    @strawberry.field
    async def page(self, info: Info[World, None]) -> Page[Book]:
        books = [_book(number) for number in range(int(self.id) % 3)]
        return Page(nodes=books, total="many" if int(self.id) % 7 == 0 else len(books))  # type: ignore[arg-type]

    @strawberry.field
    def found(self, info: Info[World, None]) -> Annotated[Book | Poem | Stray, strawberry.union("Found")] | None:
        return [_book(3), _poem(5), Stray(weight="heavy"), None, object()][int(self.id) % 5]  # type: ignore

    @strawberry.field
    async def friends(self, info: Info[World, None]) -> list["Author | None"]:
        return list(await asyncio.gather(*(_author(info, int(self.id) + step) for step in range(2))))


@strawberry.input
class Wanted:
    genre: Genre = Genre.NOVEL
    words: list[str] = strawberry.field(default_factory=list)
    least: int | None = strawberry.UNSET
    inner: "Wanted | None" = None


@strawberry.type
class Query:
    @strawberry.field
    async def author(self, info: Info[World, None], id: strawberry.ID) -> Author | None:
        return await _author(info, len(id))

    @strawberry.field
    def works(self, info: Info[World, None], first: int = 4, genres: list[Genre] | None = None) -> list[Work]:
        info.context.log.append(("works", first, genres))
        return [_work(info.context, number) for number in range(max(first, 0) + len(genres or []))]

    @strawberry.field
    def described(self, wanted: Wanted, other: Wanted | None = None) -> str:
        return f"{wanted} {other}"

    @strawberry.field
    def book(self, info: Info[World, None], row: int = 5) -> Book:
        if info.context.seed % 13 == 0:
            raise LookupError("lost")
        return _book(row)

    @strawberry.field
    async def nothing(self, info: Info[World, None]) -> list[Book]:
        await asyncio.sleep(0)
        return [] if info.context.seed % 4 else None  # type: ignore[return-value]


def make_schema() -> Any:
    schema = strawberry.Schema(query=Query, types=[Book, Poem])
    mark_reads(schema)
    return schema._schema


@dataclass
class _Batches:
    world: World

    async def load(self, rows: list[int]) -> list[Author | Exception | None]:
        self.world.log.append(("batch", list(rows)))
        await asyncio.sleep(0)
        return [LookupError(f"no author {row}") if row % 19 == 4 else Author(id=strawberry.ID(str(row)), name=f"a{row}")
                for row in rows]  # fmt: skip


async def _author(info: Info[World, None], row: int) -> Author:
    world = info.context
    if "author" not in world.loaders:
        world.loaders["author"] = DataLoader(load_fn=_Batches(world).load)
    found: Author = await world.loaders["author"].load(row)
    return found


def _work(world: World, row: int) -> Work:
    return _book(row) if Random(f"{world.seed} {row}").random() < 0.5 else _poem(row)


def _book(row: int) -> Book:
    return Book(title=f"b{row}", row=row, pages=row if row % 8 else 2**40)


def _poem(row: int) -> Poem:
    return Poem(title=None if row % 10 == 3 else f"p{row}", row=row)  # type: ignore[arg-type]
