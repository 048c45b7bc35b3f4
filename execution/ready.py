"""Which values are just values, told by their type."""

from graphql.pyutils import UndefinedType

MAX_TYPES = 10_000
SPECIAL = ("__await__", "__call__", "__getattr__", "__getattribute__")
"""Values that have one of them are looked at one by one."""


class Ready(dict[type, bool]):
    """By type, whether its values are no awaitables, nothing to call, no errors, neither None nor Undefined."""

    def __missing__(self, type_: type) -> bool:
        special = any(name in vars(class_) for class_ in type_.__mro__ if class_ is not object for name in SPECIAL)
        ready = not special and not issubclass(type_, (Exception, UndefinedType, type(None)))
        if len(self) < MAX_TYPES:
            self[type_] = ready
        return ready


ready = Ready()
