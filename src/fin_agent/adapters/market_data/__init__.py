"""Market data plug-ins: one file per source."""
