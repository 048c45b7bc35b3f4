"""Which values are just values, told by their type."""

import sys
from types import FunctionType

from graphql.pyutils import UndefinedType

MAX_TYPES = 10_000
SPECIAL = ("__await__", "__call__", "__getattr__")
"""Values that have one of them are looked at one by one."""


class Ready(dict[type, bool]):
    """By type, whether its values are no awaitables, nothing to call, no errors, neither None nor Undefined."""

    def __missing__(self, type_: type) -> bool:
        special = any(_is_special(class_) for class_ in type_.__mro__ if class_ is not object)
        ready = not special and not issubclass(type_, (Exception, UndefinedType, type(None)))
        if len(self) < MAX_TYPES:
            self[type_] = ready
        return ready


def _is_special(class_: type) -> bool:
    """Types written in C each name a `__getattribute__`; only Python's own are known to do the usual thing there."""
    own = vars(class_)
    finds = own.get("__getattribute__")
    of_python = class_.__module__.partition(".")[0] in sys.stdlib_module_names and type(finds) is not FunctionType
    return any(name in own for name in SPECIAL) or not (finds is None or of_python)


ready = Ready()
