"""What the server keeps: articles that sites pushed, vectors of theirs, and every decision. One SQLite file each."""

from modfilter.store.articles import Articles
from modfilter.store.decisions import DecisionLog, Entry, Logged
from modfilter.store.recent import Recent
from modfilter.store.verdicts import Said, Standing

__all__ = ["Articles", "DecisionLog", "Entry", "Logged", "Recent", "Said", "Standing"]
