"""One file per venue: the file's name is the broker's name in the configuration."""
