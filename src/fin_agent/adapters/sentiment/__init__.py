"""One file per scorer: the file's name is the scorer's name in the configuration."""
