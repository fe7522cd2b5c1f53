"""What people type into fields of one line, and what is accepted of it."""

from webapp.errors import DomainError


def trimmed(written: str, longest: int, what: str) -> str:
    """The text without superfluous blanks; DomainError about `what` if nothing or too much is left."""
    name = " ".join(written.split())
    if not name:
        raise DomainError(f"{what} is empty.")
    if len(name) > longest:
        raise DomainError(f"{what} is longer than {longest} characters.")
    if not name.isprintable():
        raise DomainError(f"{what} holds characters that cannot be shown.")
    return name
