"""One file per factor: the file's name is the factor's name in the configuration."""
