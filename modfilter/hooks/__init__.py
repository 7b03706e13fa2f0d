"""Messages of comment systems into threads, and decisions into their answers. No HTTP in here."""
