"""Says what a comment does about violence against people, and which other harms it holds."""

from modfilter.harms.judge import HarmJudge, Harms, load

__all__ = ["HarmJudge", "Harms", "load"]
