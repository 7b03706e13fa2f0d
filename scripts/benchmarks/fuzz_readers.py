"""Feeds every reader with damaged files: no crash, no hang, bounded memory.

PYTHONPATH=scripts python scripts/benchmarks/fuzz_readers.py [--inputs 10000]

Takes the same small thread in every format, and the exports of fixtures/dumps, packed and not; flips, drops and doubles
bytes. A reader may say InputError or set rows aside; anything else is a fault.
"""

import argparse
import gzip
import random
import resource
import tempfile
import time
from pathlib import Path

import zstandard
from dumps import articles_of, rows_of, write_every_format

from modfilter.errors import ModfilterError
from modfilter.readers import Intake, read

SLOW = 5.0


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Damage a file in one to eight places."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed) + 1)
        kind = rng.randrange(6)
        if kind == 0 and at < len(changed):
            changed[at] = rng.randrange(256)
        elif kind == 1:
            del changed[at : at + rng.randint(1, 40)]
        elif kind == 2:
            changed[at:at] = changed[at : at + rng.randint(1, 200)]
        elif kind == 3:
            changed[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        elif kind == 4:
            changed[at:at] = rng.choice(
                (b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"]]>", b"<!DOCTYPE", b"\r\n", b'"', b"&#0;")
            )
        else:
            del changed[at:]
        if not changed:
            break
    return bytes(changed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000)
    options = parser.parse_args()
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        article = next(articles_of(1))
        paths = write_every_format(folder / "whole", article, [*rows_of(12, 1)])
        paths += sorted(Path("fixtures/dumps").iterdir())
        paths += [Path("fixtures/threads/sakubva-match.html"), Path("fixtures/threads/chirundu-market.txt")]
        for path in paths:
            slowest, faults, refused = 0.0, 0, 0
            plain = path.read_bytes()
            kinds = [plain, gzip.compress(plain), zstandard.compress(plain)]
            for number in range(options.inputs):
                packing = rng.choices((0, 1, 2), (8, 1, 1))[0]
                target = folder / f"damaged{path.suffix}{('', '.gz', '.zst')[packing]}"
                target.write_bytes(damaged(kinds[packing], rng))
                begun = time.perf_counter()
                try:
                    for _ in read(str(target), Intake({})):
                        pass
                except ModfilterError:
                    refused += 1
                except Exception as error:  # what the fuzzer looks for
                    faults += 1
                    kept = Path(f"build/fuzz-{path.name}-{number}")
                    kept.parent.mkdir(exist_ok=True)
                    kept.write_bytes(target.read_bytes())
                    print(f"{path.name}: {type(error).__name__}: {error} (kept as {kept})", flush=True)
                seconds = time.perf_counter() - begun
                if seconds > SLOW:
                    print(f"{path.name}: input {number} took {seconds:.1f} s", flush=True)
                slowest = max(slowest, seconds)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            verdict = "slow" if slowest > SLOW else "ok"
            print(
                f"{path.name:24} {options.inputs:,} inputs, {refused:,} refused, {faults} faults, slowest"
                f" {slowest:.2f} s ({verdict}), peak {memory:,.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
