"""Log lines: redacted, limited, and written by a thread that trading never waits for."""
