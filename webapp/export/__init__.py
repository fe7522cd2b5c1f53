"""What leaves: one writer a format."""
