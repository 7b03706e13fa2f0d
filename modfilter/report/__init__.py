"""What a moderator looks at: first the data, then the page, a table, or a summary."""

from modfilter.report.gather import MOST, Report, gather, gather_from

__all__ = ["MOST", "Report", "gather", "gather_from"]
