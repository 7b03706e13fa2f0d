"""Says what a comment does about violence, and which other harms it holds."""

from modfilter.harms.judge import HarmJudge, Harms, load
from modfilter.harms.terms import load_unmasker

__all__ = ["HarmJudge", "Harms", "load", "load_unmasker"]
