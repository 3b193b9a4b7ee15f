"""The one way out to providers: time-outs, retries, quotas, circuit, cache, for every vendor."""
