"""A progress bar on standard error, where that is a terminal and the work is long."""

import sys
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import TypeVar

PATIENCE = 1.0
"""Seconds before the bar appears: shorter work would only flicker."""
Item = TypeVar("Item")


def shown(items: Iterable[Item], *, unit: str, total: Callable[[], int] = lambda: 0) -> Iterator[Item]:
    """Pass items on and count them where somebody is watching; `total` is asked once some have come."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    begun = monotonic()
    bar = Progress(
        SpinnerColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit} · {{task.fields[rate]:,.0f}} a second ·"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=None, rate=0.0)
    try:
        for n, item in enumerate(items, start=1):
            if n % 64 == 0:
                elapsed = monotonic() - begun
                bar.update(task, completed=n, rate=n / elapsed, total=total() or None)
                if elapsed > PATIENCE and not bar.live.is_started:
                    bar.start()
            yield item
    finally:
        bar.stop()
