"""Programs that the bench starts: each answers a line of JSON for each line that it is sent."""
