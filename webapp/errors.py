"""What services and selectors raise when a person asked for something that cannot be.

Every error carries a sentence that is shown to that person as it is; the edges (pages, API, socket)
only choose how to show it.
"""


class DomainError(Exception):
    """Something the user asked for cannot be done; `sentence` tells them why."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFoundError(DomainError):
    """It does not exist, or it is none of this user's business: both look the same from outside."""

    status = 404


class ForbiddenError(DomainError):
    """A member of the project whose role does not allow this."""

    status = 403


class ConflictError(DomainError):
    """It clashes with something that is there already."""

    status = 409
