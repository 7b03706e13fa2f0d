"""Splits the 900 starter comments into fixtures/starter/train.jsonl and dev.jsonl, contrast sets whole.

python scripts/split_starter.py --data DIR
"""

import argparse
import json
import random
from pathlib import Path

import msgspec

from modfilter.readers.labelled import LabelledComment
from modfilter.records import StanceLabel

DEV_SHARE = 1 / 3
SEED = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "starter"
    sets: dict[str, list[LabelledComment]] = {}
    for path in sorted(folder.glob("comments_*.jsonl")):
        letter = path.stem[-1]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            row = json.loads(line)
            set_id = f"starter-{letter}-{row['twin_of'] or number}"
            comment = LabelledComment(
                id=f"starter-{letter}{number:03}",
                text=row["text"],
                languages=tuple(row["langs"]),
                stance=StanceLabel(row["stance"]),
                identity_attack=row["identity_attack"],
                insult=row["insult"],
                set_id=set_id,
            )
            sets.setdefault(set_id, []).append(comment)
    names = sorted(sets)
    random.Random(SEED).shuffle(names)
    dev = set(names[: round(len(names) * DEV_SHARE)])
    out = Path("fixtures/starter")
    out.mkdir(parents=True, exist_ok=True)
    encoder = msgspec.json.Encoder()
    for split in ("train", "dev"):
        rows = [row for name in names if (name in dev) == (split == "dev") for row in sets[name]]
        rows.sort(key=lambda row: row.id)
        data = [{k: v for k, v in msgspec.to_builtins(row).items() if v not in (None, ())} for row in rows]
        (out / f"{split}.jsonl").write_bytes(b"".join(encoder.encode(row) + b"\n" for row in data))
        print(split, len(rows))


if __name__ == "__main__":
    main()
