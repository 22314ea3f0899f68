"""Read: what the user wrote becomes requests, or every problem with it at once."""
