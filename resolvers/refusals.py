"""Refusals that end a whole field: the text is fit to show, `code` is what clients match on."""


class Refusal(Exception):
    code = "INTERNAL"


class NotSignedInError(Refusal):
    code = "UNAUTHENTICATED"


class ForbiddenError(Refusal):
    code = "FORBIDDEN"


class NotFoundError(Refusal):
    code = "NOT_FOUND"


class BadInputError(Refusal):
    code = "BAD_USER_INPUT"


class LimitError(Refusal):
    code = "LIMIT_EXCEEDED"
