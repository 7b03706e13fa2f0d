"""Draws a page of what was replayed or accounted for: one HTML file that fetches nothing and runs nothing."""

import base64
import hashlib
from importlib import resources

from modfilter.errors import UsageError


def render(template: str, **values: object) -> str:
    """Fill one of this folder's templates, everything escaped; raise UsageError where Jinja2 is not installed."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise UsageError("a page needs an extra\nInstall it: pip install 'modfilter[report]'") from error
    style = (resources.files("modfilter.learning") / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("modfilter.learning", "."),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["share"] = lambda value: f"{value:.1%}"
    return environment.get_template(template).render(
        **values,
        style=Markup(style),  # noqa: S704 - our own file
        # No script at all, whatever a comment may hold.
        csp=f"default-src 'none'; style-src 'sha256-{digest}'",
    )
