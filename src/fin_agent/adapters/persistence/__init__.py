"""SQLite: the event log, what it projects, and their migrations."""
