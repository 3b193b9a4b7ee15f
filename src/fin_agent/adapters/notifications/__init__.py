"""Channels to a person, one file a kind; the file name is the name in the configuration."""
