"""Says what a comment does about violence, and which other harms it holds."""

from modfilter.harms.judge import Explainer, HarmJudge, Harms, load, load_explainer
from modfilter.harms.terms import load_unmasker

__all__ = ["Explainer", "HarmJudge", "Harms", "load", "load_explainer", "load_unmasker"]
