"""What a strategy author needs to test offline: simulated days, shipped with the package."""
