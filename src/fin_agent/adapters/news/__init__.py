"""One file per news source: the file's name is the source's name in the configuration."""
