"""Reads what the front-end build wrote, so that templates can name an entry and get its hashed files."""
