import csv
import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from .conftest import ROOT, SEED_PAGE, THREADS, Run

LEARN = ("feedback import", "calibrate", "policy replay", "sample")


def test_help_names_every_command(run: Run) -> None:
    out = run("--help").out
    for command in ("score", "hook", "detect", "evaluate", "models", "policy", "report", "serve", *LEARN):
        assert f"  {command.split()[0]}" in out
        assert run(*command.split(), "--help").status == 0


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = ("score", "hook", "detect", "evaluate", "models", "policy check", "report", "serve", *LEARN)
    for command in commands:
        assert f"modfilter {command}" in readme


def test_importing_modfilter_and_asking_for_help_load_no_model_library() -> None:
    code = (
        "import sys, modfilter, modfilter.cli, modfilter.cli.score, modfilter.pipeline\n"
        "heavy = {'numpy', 'onnxruntime', 'tokenizers', 'scipy', 'sklearn', 'fasttext', 'langdetect'}\n"
        "heavy |= {'trafilatura', 'lxml', 'rich'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_score_writes_records_that_keep_the_contract(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run("score", THREADS / "chirundu-market.txt", "-o", out)
    assert result.status == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    schema = json.loads((ROOT / "docs" / "record.schema.json").read_text())
    for record in records:
        jsonschema.validate(record, schema)
        for reason in record["reasons"]:
            if reason.get("score") not in (None, "relevance"):
                assert any(e["score"] == reason["score"] for e in record["evidence"])
    assert len(records) == 26
    assert "26 comments" in result.out
    assert json.loads(Path(f"{out}.articles.jsonl").read_text())["id"] == "chirundu-market"
    assert not list(tmp_path.glob("*.rejects.jsonl"))
    assert not list(tmp_path.glob(".*partial"))


@pytest.mark.skipif(not SEED_PAGE.exists(), reason="the real page lies beside the checkout only")
def test_the_real_thread_is_judged_as_a_moderator_would(run: Run) -> None:
    records = [json.loads(line) for line in run("score", SEED_PAGE, "-o", "-", "-q").out.splitlines()]
    assert len(records) == 16
    expected = "en|sn en|sn sn sn sn|en sn en|sn sn en en en en en en en en".split()
    right = [r["languages"]["main"] in e.split("|") for r, e in zip(records, expected, strict=True)]
    assert sum(right) >= 14
    assert sum(len(record["languages"]["mix"]) > 1 for record in records[:8]) >= 4
    held = {r["id"][-2:] for r in records if any(x["rule"] == "incitement" for x in r["reasons"])}
    listed = {r["id"][-2:] for r in records if r["action"] != "publish"}
    # "its time Africa fight back and kill foreigners from South Africa" must be seen by a person.
    assert "13" in listed
    assert "14" not in held  # "Eye for an eye" makes the world go blind
    assert not held & {"-9", "11", "15", "16"}  # news talk and war crimes


def test_score_reads_standard_input_and_writes_standard_output(run: Run) -> None:
    result = run("score", "-", "-o", "-", stdin=b'{"id": 1, "text": "Ngatibatanei hama dzangu"}\n')
    assert json.loads(result.out)["id"] == "1"
    assert "1 comments" in result.err


def test_csv_out_is_safe_for_spreadsheets(run: Run, tmp_path: Path) -> None:
    dump, out = tmp_path / "dump.jsonl", tmp_path / "out.csv"
    dump.write_text(json.dumps({"id": "1", "text": '=HYPERLINK("http://x")', "author": "@Jah"}))
    assert run("score", dump, "-o", out, "-q").status == 0
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["text"] == '\'=HYPERLINK("http://x")'
    assert row["author"] == "'@Jah"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["score", "x.jsonl", "--tier", "slow"], 2, "is not one of"),
        (["score", "x.jsonl", "--article", "a", "--articles", "b"], 2, "do not go together"),
        (["score", "x.jsonl", "--saved-at", "May"], 2, "is no date"),
        (["score", "x.jsonl", "--policy", "gone.toml"], 1, "gone.toml does not exist"),
        (
            ["score", str(THREADS / "kombi-strike.jsonl"), "-o", "out.xlsx"],
            2,
            "cannot tell the format to write",
        ),
        (["score", str(THREADS / "kombi-strike.jsonl"), "--format", "xml"], 2, "no format is called 'xml'"),
        (["score", str(THREADS / "kombi-strike.jsonl"), "--models", "gone"], 1, "is not a model folder"),
        (["score", str(THREADS / "kombi-strike.jsonl"), "-o", "/nowhere/out.jsonl"], 1, "cannot be written"),
        (["models", "--models", "gone"], 1, "holds no models"),
        (["evaluate", "gone.jsonl"], 1, "lie in a checkout"),
        (["report", "gone.jsonl"], 1, "gone.jsonl does not exist"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_a_users_mistake_gets_a_sentence(run: Run, arguments: list[str], status: int, says: str) -> None:
    result = run(*arguments)
    assert result.status == status
    assert says in result.err
    assert "Traceback" not in result.err


def test_the_hook_answers_with_its_exit_status(run: Run, tmp_path: Path) -> None:
    article = tmp_path / "a.json"
    article.write_text('{"id": "a", "title": "Border closed", "body": "The border is closed."}')
    call = json.dumps({"id": "1", "text": "kill all the foreigners, burn their houses tonight"}).encode()
    result = run("hook", "--article", article, stdin=call)
    assert result.status == 3
    record = json.loads(result.out)
    assert record["action"] == "hold"
    assert record["article_id"] == "a"
    assert record["scores"]["relevance"] is not None
    assert run("hook", stdin=b'{"id": "2", "text": "Makadii mose"}').status == 0


def test_the_hook_rejects_where_the_policy_does(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text(
        'name = "strict"\nversion = 1\n[[rule]]\nname = "r"\nscore = "incitement"\nat_least = 0.2\n'
        'action = "reject"\nbecause = "Too much."\n'
    )
    assert run("hook", "--policy", policy, stdin=b'{"id": "2", "text": "kill them"}').status == 4


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b'{"id": 1}', b'{"comments": [{"id":1,"text":"x"}]}'])
def test_the_hook_fails_on_a_message_that_is_none(run: Run, message: bytes) -> None:
    result = run("hook", stdin=message)
    assert result.status == 1
    assert result.err.startswith("modfilter: ")


def test_detect_prints_the_languages_of_each_line(run: Run) -> None:
    lines = (
        "Ndinoda kuenda kumba nhasi\n\nI want to go home today\nNgizahamba ekhaya lamuhla ngoba kangilamali\n"
    )
    rows = [json.loads(line) for line in run("detect", stdin=lines.encode()).out.splitlines()]
    assert [row["languages"]["main"] for row in rows] == ["sn", "en", "nd"]
    other = run("detect", "--method", "langdetect", stdin=b"I want to go home today\n1234\n").out
    assert [json.loads(line)["languages"]["main"] for line in other.splitlines()] == ["en", "und"]


def test_models_lists_what_they_were_trained_on(run: Run) -> None:
    out = run("models").out
    assert "language 3" in out
    assert "voa_shona" in out
    assert out.endswith("every file is the one that was tested\n")


def test_policy_check_says_the_rules_in_words(run: Run, tmp_path: Path) -> None:
    policy = tmp_path / "p.toml"
    policy.write_text(
        (ROOT / "modfilter" / "default_policy.toml").read_text()
        + '\n[[override]]\nrule = "incitement"\nlanguage = "nd"\nat_least = 0.4\n'
    )
    out = run("policy", "check", policy).out
    assert "hold    where incitement is at least" in out
    assert "except language nd: at_least 0.4" in out


@pytest.mark.skipif(not SEED_PAGE.exists(), reason="the real page lies beside the checkout only")
def test_on_topic_comments_of_the_real_thread_prefer_its_articles(run: Run, tmp_path: Path) -> None:
    unrelated = tmp_path / "unrelated.json"
    unrelated.write_text(
        json.dumps(
            {
                "title": "Maize harvest in Mazowe beats last season",
                "body": "Farmers in Mazowe have delivered 4 200 tonnes of maize to the depot since April. "
                "The depot manager said good rains in January and early fertiliser had helped. "
                "Lorries were weighed within a day. Farmers asked for faster payment.",
            }
        )
    )
    articles = {
        "same event": next(SEED_PAGE.parent.glob("003_*.txt")),
        "own": SEED_PAGE,
        "unrelated": unrelated,
    }
    relevance = {
        name: [
            json.loads(line)["scores"]["relevance"]
            for line in run("score", SEED_PAGE, "--article", path, "-o", "-", "-q").out.splitlines()
        ]
        for name, path in articles.items()
    }
    # The comments that are about the war or about the article itself ("Inyaya ye Russia iyi ...").
    on_topic = [number - 1 for number in (6, 9, 11, 15, 16)]
    wins = [
        relevance[name][place] > relevance["unrelated"][place]
        for name in ("same event", "own")
        for place in on_topic
    ]
    print(f"share of on-topic comments nearer to their own article: {sum(wins)} of {len(wins)}")
    assert sum(wins) >= 9
