"""Says which languages a comment is written in, mixed text by span."""

from modfilter.language.judge import LanguageJudge, load
from modfilter.language.second_opinion import langdetect

__all__ = ["LanguageJudge", "langdetect", "load"]
