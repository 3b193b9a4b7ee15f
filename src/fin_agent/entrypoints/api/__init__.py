"""The HTTP interface: everything a trader can see and do, for the dashboard and other programs."""
