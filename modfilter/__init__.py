"""A moderation filter for discussion threads, in Shona, English, mixed speech and their neighbours."""

__version__ = "0.1.0"
