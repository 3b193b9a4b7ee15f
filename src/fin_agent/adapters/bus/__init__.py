"""Other ways for events to travel, and the one for quotes."""
