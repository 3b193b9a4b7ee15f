"""What the dashboard's charts and the reports' figures share: plain data that plotly draws."""
