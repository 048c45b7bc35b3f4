"""`execution/` against graphql-core: made-up queries (`fuzz.py`), and graphql-core's own cases by meaning.

Covered, by the names of graphql-core's execution tests: lists, nonnull, abstract, union_interface, directives,
variables, resolve, executor, parallel, sync. Not covered, as graphql-core executes them itself: mutations of several
fields, subscribe, defer, stream, middleware, abort, customize, fragment arguments.
"""
