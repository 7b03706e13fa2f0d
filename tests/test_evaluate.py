import json
import shutil
from pathlib import Path

import pytest

from modfilter.evaluate import SUITES, evaluate, evaluate_shipped
from modfilter.evaluate.figures import Figure, Floor, falls
from modfilter.pipeline import Judges
from modfilter.readers import read_articles

from .conftest import ROOT, THREADS, Run

LABELS = sorted((THREADS / "labels").glob("*.jsonl"))


def test_every_floor_of_the_shipped_models_holds(judges: Judges) -> None:
    figures, fallen = evaluate_shipped(judges, ROOT / "models", [*SUITES], ROOT)
    assert not fallen, [str(fall) for fall in fallen]
    assert {figure.suite for figure in figures} == set(SUITES)


def test_a_figure_below_its_floor_fails_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    shutil.copytree(ROOT / "models", models)
    floors = models / "harms" / "floors.toml"
    floors.write_text(
        floors.read_text() + '\n[[floor]]\nmetric = "incitement_auprc"\nslice = "sn"\nat_least = 0.999\n'
    )
    monkeypatch.chdir(ROOT)
    result = run("evaluate", "--suite", "harms", "--models", models)
    assert result.status == 1
    assert "below its floor: harms incitement_auprc on sn is 0." in result.err
    assert "incitement_auprc" in result.out


def test_a_slice_that_vanished_is_a_fall() -> None:
    floor = Floor(suite="harms", metric="auprc", slice="nd", at_least=0.1)
    other = Figure(suite="harms", metric="auprc", slice="sn", value=0.9, n=9)
    (fall,) = falls([floor], [other])
    assert str(fall) == "harms auprc on nd was not measured; its floor is at least 0.1"


def test_a_ceiling_is_a_floor_upside_down() -> None:
    ceiling = Floor(suite="harms", metric="false_alarms", slice="all", at_most=0.1)
    high = Figure(suite="harms", metric="false_alarms", slice="all", value=0.2, n=9)
    (fall,) = falls([ceiling], [high])
    assert "at most 0.1" in str(fall)


def test_figures_are_what_can_be_counted_by_hand(stub_judges: Judges, tmp_path: Path) -> None:
    rows = [
        {"id": "1", "text": "soko kill", "languages": ["sn"], "stance": "calls_for"},
        {"id": "2", "text": "soko hit", "languages": ["sn"], "stance": "calls_for"},
        {"id": "3", "text": "soko kill", "languages": ["sn"], "stance": "condemns"},
        {"id": "4", "text": "good day", "languages": ["en", "sn"], "stance": "none"},
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    values = {
        (f.metric, f.slice): (f.value, f.n) for f in evaluate(stub_judges, ["harms", "language"], [path], {})
    }
    assert values["incitement_recall", "sn"] == (0.5, 2)
    assert values["incitement_false_alarms", "all"] == (0.5, 2)
    assert values["incitement_false_alarms", "condemns"] == (1.0, 1)
    assert values["stance_right", "mixed"] == (1.0, 1)
    assert values["main_right", "all"] == (1.0, 4)
    assert values["mixed_found", "mixed"] == (0.0, 1)


def test_labelled_files_of_ones_own_can_be_measured(run: Run) -> None:
    result = run("evaluate", *LABELS, "--articles", THREADS / "articles.jsonl", "--json")
    assert result.status == 0
    figures = [json.loads(line) for line in result.out.splitlines()]
    assert {figure["suite"] for figure in figures} == set(SUITES)


def test_a_row_that_is_no_labelled_comment_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text('{"id": "1", "text": "x", "stance": "angry"}\n')
    result = run("evaluate", path)
    assert result.status == 1
    assert f"{path}:1: not a labelled comment" in result.err


def test_the_articles_are_those_of_the_labels() -> None:
    assert read_articles(THREADS / "articles.jsonl").keys() == {path.stem for path in LABELS}
