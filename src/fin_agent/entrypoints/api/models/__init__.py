"""What every route answers and takes, typed; the one contract of the API."""
