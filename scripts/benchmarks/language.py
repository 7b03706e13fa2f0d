"""Names languages beside the packages that people install for it, each in a process of its own, in one run.

PYTHONPATH=scripts python scripts/benchmarks/language.py --data DIR [--test] [--peers]
                     (--peers needs: pip install lingua-language-detector langdetect pycld2 py3langid cld3-py)

Dev: comments of fixtures/corpus/dev. With --test those of test, FLORES-200 devtest in the languages and scripts
that the model's languages.toml lists (macro F1 and Shona's F1 on sentences and on spans of four words, what is
taken for Shona), and the last 400 lines of NTREX Ndebele. Rates are texts a second of processor time, which other
work on the machine disturbs less than the clock, on comments of train, which each identifier is given one after the
other; modfilter with spans, and (main) without.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import langcodes
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from data import Data
from encoder_tasks import threads
from flores import script_of
from modfilter import language
from modfilter.text import words

FOLDER = Path("models/language")
Identify = Callable[[Sequence[str]], list[str]]
NEAR = ("zul", "nya")
"""FLORES has no Venda."""
TIMED = 20_000
NDEBELE_LINES = 400
LEARNT_SHARE = 0.95
"""Share of a language's sentences that is to be in a script that was learnt, else the others are left out."""


def modfilter() -> Identify:
    judge = language.load(FOLDER)
    return lambda texts: [
        mix.main for start in range(0, len(texts), 512) for mix in judge(texts[start : start + 512])
    ]


def main_only() -> Identify:
    judge = language.load(FOLDER)
    return lambda texts: [
        tag for start in range(0, len(texts), 512) for tag, _ in judge.main(texts[start : start + 512])
    ]


def langdetect() -> Identify:
    return lambda texts: [mix.main for mix in language.langdetect(texts)]


def lingua() -> Identify:
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()
    found = detector.detect_language_of
    return lambda texts: [
        answer.iso_code_639_1.name.lower() if (answer := found(text)) else "und" for text in texts
    ]


def pycld2() -> Identify:
    import pycld2 as cld2

    def one(text: str) -> str:
        try:
            return str(cld2.detect(text)[2][0][1])
        except cld2.error:  # a character that it does not take
            return "und"

    return lambda texts: [one(text) for text in texts]


def py3langid() -> Identify:
    import py3langid as langid

    return lambda texts: [langid.classify(text)[0] for text in texts]


def cld3() -> Identify:
    import gcld3

    detector = gcld3.NNetLanguageIdentifier(0, 1000)
    return lambda texts: [detector.FindLanguage(text).language for text in texts]


IDENTIFIERS = {f.__name__: f for f in (modfilter, main_only, lingua, pycld2, cld3, py3langid, langdetect)}


def run_one(name: str) -> None:
    """Read sets of texts from standard input; write the answers, the rate on the first set, and the peak memory."""
    threadpool_limits(1)
    sets: list[list[str]] = json.load(sys.stdin)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    identify = IDENTIFIERS[name]()
    identify(["Ndizvozvo, good morning."])
    loaded = time.perf_counter() - began
    began = time.process_time()
    answers = [identify(sets[0][: TIMED if name != "langdetect" else TIMED // 20])]
    rate = len(answers[0]) / (time.process_time() - began)
    answers += [identify(texts) for texts in sets[1:]]
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    json.dump({"answers": answers, "rate": rate, "memory": memory, "loaded": loaded}, sys.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--one", choices=IDENTIFIERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(options.one)
        return
    rows = [row for row in threads("test" if options.test else "dev") if row.languages]
    sets = {"timed": [row.text for row in threads("train")[:TIMED]], "comments": [row.text for row in rows]}
    data = Data(options.data, uses=("train", "test")) if options.test else None
    if data:
        sets |= {code: data.lines("language/flores200_devtest", code) for code in ("sna", *NEAR)}
        sets["ndebele"] = data.lines("language/ntrex", "nde")[-NDEBELE_LINES:]
    print(f"{'':11} {'Shona':>6} {'mixed':>6} {'English':>7} {'Ndebele':>7}  texts/s    MB  load s", end="")
    print("  FLORES sn; zu, ny taken for sn; NTREX nd found" if data else "")
    for name in IDENTIFIERS if options.peers else ["modfilter", "main_only"]:
        run = subprocess.run(
            [sys.executable, __file__, "--one", name],
            input=json.dumps([*sets.values()]), capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = json.loads(run.stdout)
        answers = dict(zip(sets, said["answers"], strict=True))
        told = []
        for group in ("sn", "mixed", "en", "nd"):
            right = [
                answer in (row.languages or ())
                for row, answer in zip(rows, answers["comments"], strict=True)
                if group == ("mixed" if len(row.languages or ()) > 1 else (row.languages or ("",))[0])
            ]
            told.append(f"{sum(right) / len(right):6.1%}")
        print(
            f"{name:11} {' '.join(told)}  {said['rate']:8,.0f} {said['memory']:5,.0f} {said['loaded']:6.2f}",
            end="",
        )
        if data:
            shares = [answers[code].count("sn") / len(sets[code]) for code in ("sna", *NEAR)]
            found = answers["ndebele"].count("nd") / len(sets["ndebele"])
            taken = answers["ndebele"].count("sn")
            print(
                f"  {shares[0]:.1%}; {', '.join(f'{s:.1%}' for s in shares[1:])}; {found:.1%}, as Shona {taken}",
                end="",
            )
        print(flush=True)
    if data:
        print_flores(data)


def print_flores(data: Data) -> None:
    """Print macro F1 over the FLORES languages that languages.toml lists, of sentences and of spans of four words."""
    judge = language.load(FOLDER)
    scripts = tomllib.loads((FOLDER / "languages.toml").read_text(encoding="utf-8"))["flores200"]
    rng = random.Random(0)
    sentences, spans, labels = [], [], []
    left_out: list[str] = []
    for code in data.languages("language/flores200_devtest"):
        tag = langcodes.standardize_tag(code)
        if tag in scripts:
            lines = data.lines("language/flores200_devtest", code)
            learnt = [line for line in lines if script_of(line) in scripts[tag]]
            if len(learnt) < len(lines) * LEARNT_SHARE:
                left_out.append(f"{len(lines) - len(learnt)} of {tag}")
            else:
                learnt = lines  # a sentence of Latin names is one of its language
            for line in learnt:
                found = words(line)
                start = rng.randrange(max(1, len(found) - 3))
                run = found[start : start + 4]
                sentences.append(line)
                spans.append(line[run[0].start : run[-1].end] if run else line)
                labels.append(tag)
    tags = sorted(set(labels))
    print(f"FLORES: sentences left out for their script: {', '.join(left_out) or 'none'}")
    for name, texts in (("sentences", sentences), ("spans of 4 words", spans)):
        answers = [
            mix.main for start in range(0, len(texts), 512) for mix in judge(texts[start : start + 512])
        ]
        f1 = dict(
            zip(tags, f1_score(labels, answers, average=None, labels=tags, zero_division=0), strict=True)
        )
        weakest = ", ".join(f"{tag} {f1[tag]:.2f}" for tag in sorted(f1, key=f1.__getitem__)[:12])
        print(
            f"FLORES {name}: {len(tags)} languages, macro F1 {sum(f1.values()) / len(f1):.4f},"
            f" Shona {f1['sn']:.4f}; weakest {weakest}"
        )


if __name__ == "__main__":
    main()
