"""REST: parse, authorise, one call."""
