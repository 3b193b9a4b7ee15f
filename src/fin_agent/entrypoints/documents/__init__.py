"""The JSON documents of the core's answers: what the command line prints and the API is made of."""
