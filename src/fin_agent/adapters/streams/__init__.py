"""Live trades, one file a vendor: how it is greeted, asked, and understood."""
