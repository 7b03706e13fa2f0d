"""The moderators' review page: first the data, then the page."""

from modfilter.report.entries import Report, gather
from modfilter.report.page import render

__all__ = ["Report", "gather", "render"]
