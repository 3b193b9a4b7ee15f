"""Who asks: command line, worker, HTTP API and dashboard; nothing is decided here."""
