"""How it is done: one file per vendor or store, each behind a port of ``fin_agent.ports``."""
