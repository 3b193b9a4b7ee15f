"""One file per entry: the file's name is the entry's name in the configuration."""
