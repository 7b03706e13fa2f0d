"""A moderation filter for discussion threads, in Shona, English, mixed speech and their neighbours."""

from modfilter.api import score, score_iter

__all__ = ["score", "score_iter"]
__version__ = "0.1.0"
