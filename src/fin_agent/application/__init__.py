"""What happens next: use cases over ports, and the one table that routes messages to them."""
