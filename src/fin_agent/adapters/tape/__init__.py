"""The tape of a live day: everything that was received, and every answer that was decided on."""
