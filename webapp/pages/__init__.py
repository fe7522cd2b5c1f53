"""Server-rendered pages: parse, authorise, one call, a template."""
