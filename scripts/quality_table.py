"""Lays out measured figures as the Markdown table of README and cards.

modfilter evaluate fixtures/corpus/test --articles fixtures/corpus/articles.jsonl --json \\
    | python scripts/quality_table.py
"""

import json
import sys

COLUMNS = {"all": "all", "sn": "Shona", "mixed": "mixed", "en": "English", "nd": "Ndebele/Zulu"}
ROWS = {
    ("language", "main_right"): "language: main language right",
    ("relevance", "auc"): "relevance: on topic against off topic, AUC",
    ("relevance", "off_topic_recall_at_5%"): "relevance: off topic found at 5 % false alarms",
    ("harms", "incitement_auprc"): "incitement: AUPRC",
    ("harms", "incitement_recall_at_2%"): "incitement: found at 2 % false alarms",
    ("harms", "incitement_recall"): "incitement: found at the default threshold",
    ("harms", "incitement_false_alarms"): "incitement: harmless comments held",
    ("harms", "incitement_calibration_error"): "incitement: calibration error",
    ("harms", "contrast_sets_right"): "contrast sets wholly right",
    ("harms", "identity_attack_auprc"): "identity attack: AUPRC",
    ("harms", "insult_auprc"): "insult: AUPRC",
    ("harms", "obscene_auprc"): "obscene: AUPRC",
    ("harms", "spam_auprc"): "spam: AUPRC",
    ("harms", "stance_right"): "stance right, of eight",
}


def main() -> None:
    figures = {(f["suite"], f["metric"], f["slice"]): f for f in map(json.loads, sys.stdin)}
    print("| | " + " | ".join(COLUMNS.values()) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for (suite, metric), label in ROWS.items():
        cells = []
        for slice_ in COLUMNS:
            figure = figures.get((suite, metric, slice_))
            if figure is None:
                cells.append("–")
                continue
            within = f" [{figure['low']:.2f}, {figure['high']:.2f}]" if figure.get("low") is not None else ""
            cells.append(f"{figure['value']:.3f}{within if slice_ == 'all' else ''} ({figure['n']})")
        print(f"| {label} | " + " | ".join(cells) + " |")
    print()
    for metric in ("incitement_indirect_auprc", "incitement_context_auprc", "stance_macro_f1"):
        figure = figures.get(("harms", metric, "all"))
        if figure:
            print(f"{metric}: {figure['value']:.3f}")
    held = ("reports", "condemns", "counters", "figurative", "none")
    shares = [figures.get(("harms", "incitement_false_alarms", stance)) for stance in held]
    told = [f"{stance} {figure['value']:.1%}" for stance, figure in zip(held, shares, strict=True) if figure]
    print("harmless comments held, by stance: " + ", ".join(told))
    crossed = [
        f"{name} {figure['value']:.3f} ({figure['n']})"
        for (suite, metric, name), figure in figures.items()
        if suite == "relevance" and metric == "auc" and " under " in name
    ]
    print("relevance AUC by languages: " + ", ".join(crossed))


if __name__ == "__main__":
    main()
