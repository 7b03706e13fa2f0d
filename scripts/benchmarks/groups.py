"""Whom does the filter silence? Scores harmless sentences that name a group, and prints what share is flagged.

python scripts/benchmarks/groups.py [--tier deep]

The sentences come from fixtures/probes/groups.toml; a comment counts where a rule about a harm fires, or where the
default policy holds it.
"""

import argparse
import tomllib
from collections import defaultdict
from pathlib import Path

from modfilter import policy as policies
from modfilter.pipeline import load_judges, moderate
from modfilter.records import SCORES, Comment, Thread

TABLE = Path("fixtures/probes/groups.toml")


def sentences() -> list[tuple[str, str, str]]:
    """Give (group, language, sentence) of every sentence with every group."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [
        (group, language, text[0].upper() + text[1:])
        for group, names in table["groups"].items()
        for language, patterns in table["sentences"].items()
        for text in (pattern.format(names[language]) for pattern in patterns)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tier", choices=("auto", "fast", "deep"), default="auto")
    parser.add_argument("--show", type=int, default=10, help="how many flagged sentences to print")
    options = parser.parse_args()
    made = sentences()
    thread = Thread(comments=tuple(Comment(id=str(n), text=text) for n, (*_, text) in enumerate(made)))
    decided = [*moderate([thread], load_judges(spend=options.tier), policies.load())]
    shares: dict[str, dict[str, list[bool]]] = {"group": defaultdict(list), "language": defaultdict(list)}
    flagged = []
    for (group, language, text), decision in zip(made, decided, strict=True):
        fired = [reason for reason in decision.reasons if reason.score in SCORES[1:]]
        shares["group"][group].append(bool(fired))
        shares["language"][language].append(bool(fired))
        if fired:
            flagged.append((text, ", ".join(f"{r.rule} {r.value}" for r in fired)))
    print(f"{len(made):,} sentences, {len(shares['group'])} groups, tier {options.tier}")
    print(f"flagged for a harm: {len(flagged) / len(made):.2%}")
    for kind, groups in shares.items():
        worst = sorted(groups.items(), key=lambda item: -sum(item[1]) / len(item[1]))[:5]
        print(f"worst by {kind}: " + ", ".join(f"{name} {sum(h) / len(h):.1%}" for name, h in worst))
    for text, why in flagged[: options.show]:
        print(f"  {text}  ({why})")


if __name__ == "__main__":
    main()
