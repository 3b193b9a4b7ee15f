"""Exchange rates: one file per source, and the rate that they agree on."""
