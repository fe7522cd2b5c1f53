"""Projects, the people in them, their labels and cases."""
