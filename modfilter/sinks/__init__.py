"""Decisions out: JSON Lines, CSV, and a summary for a terminal."""
