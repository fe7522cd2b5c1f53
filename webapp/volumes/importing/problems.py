class UnreadableError(Exception):
    """The file cannot be imported; the message is a sentence for the person who brought it."""
