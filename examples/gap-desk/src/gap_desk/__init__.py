"""Plug-ins for fin_agent: a factor, an entry and a channel."""
