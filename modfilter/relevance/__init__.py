"""Says whether a comment is about its article."""

from modfilter.relevance.features import article_sides
from modfilter.relevance.judge import Relevance, RelevanceJudge, load

__all__ = ["Relevance", "RelevanceJudge", "article_sides", "load"]
