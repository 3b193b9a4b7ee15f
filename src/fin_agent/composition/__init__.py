"""What is chosen: the only layer that knows settings, plug-ins and adapters together."""
