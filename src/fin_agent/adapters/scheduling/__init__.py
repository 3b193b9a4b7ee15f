"""When things happen: cron, session times, the loop that waits for them, and the clock's health."""
