"""Writes the parts of the documentation that the program itself knows best."""
