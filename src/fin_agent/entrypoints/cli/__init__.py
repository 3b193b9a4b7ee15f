"""The command line: one JSON document, one report for a person, or one HTML file, never a mix."""
