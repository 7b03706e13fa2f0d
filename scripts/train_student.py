"""Trains models/student: the fast tier's encoder learns to say what models/encoder says.

python scripts/train_student.py --data DIR [--work build/student]      (about 15 minutes on 2 cores)

Seeded. What the teacher says of the texts is kept in --work, so that a second run is short (Hinton et al. 2015).
"""

import argparse
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np
import torch
from safetensors.numpy import save_file
from sklearn.metrics import average_precision_score
from torch import Tensor, nn
from torch.nn import functional

import encoder_tasks as tasks
from data import Data
from encoder_batches import Changes
from encoder_tasks import Example
from modfilter import encoder
from modfilter.harms import load_unmasker
from modfilter.harms.calibration import incitement_logit
from modfilter.reading import Side
from modfilter.student import OUTPUTS, ROWS, WIDTH, features, tokens
from modfilter.text import Unmasker
from publish import OWN_CORPUS, OWN_STARTER, publish

FOLDER = Path("models/student")
SEED = 5
HIDDEN = 128
EPOCHS, BATCH, RATE = 4, 256, 2e-3
PUBLIC, NEWS, GRAMMATICAL, NAMING, SPLICED = 8_000, 6_000, 3_000, 5_000, 80_000
GOLD = 0.5
"""Weight of our own labels beside what the teacher says."""


def spliced(example: Example, other: Example, rng: random.Random) -> Example:
    """Give a run of a comment's words, half of the time with a run of another's after it: new text to be taught on.

    What the teacher says of text that is almost a comment is cheap, and comments are few (Jiao et al. 2020,
    "TinyBERT", augment their text for the same reason).
    """
    text = _run(example.text, rng)
    if rng.random() < 0.5:
        text = f"{text} {_run(other.text, rng)}"
    return Example(text, example.answers, article=example.article)


def _run(text: str, rng: random.Random) -> str:
    words = text.split()
    size = rng.randint(min(3, len(words)), len(words))
    start = rng.randint(0, len(words) - size)
    return " ".join(words[start : start + size])


def texts(data: Data, unmask: Unmasker) -> list[Example]:
    """Give what the student reads: our own comments (three times, as typed differently), glosses, public text."""
    rng = random.Random(SEED)
    rows = tasks.threads("train") + tasks.read_labelled(tasks.STARTER / "train.jsonl")
    own = tasks.own(rows)
    changes = Changes(own)
    alone = [Example(e.text) for e in own if e.answers][::2]
    public = tasks.public(data)
    news = data.lines("language/voa_shona", "sna") + data.lines("language/ntrex", "nde")[:-400]
    short = data.lines("language/injongo", "sna") + data.lines("language/nchlt", "zul")[:3000]
    bodies = [
        sentence
        for article in tasks.articles("train").values()
        for sentence in (article["title"], *tasks.body_sentences(article))
    ]
    drawn = [
        *own,
        *(changes(example, rng)._replace(weight=0.5) for example in own),
        *(spliced(rng.choice(own), rng.choice(own), rng) for _ in range(SPLICED)),
        *alone,
        *tasks.glossed(rows)[::3],
        *(e._replace(stance=-1, incites=-1) for e in rng.sample(public, PUBLIC)),
        *map(Example, rng.sample(news, NEWS)),
        *map(Example, rng.sample(short, NEWS // 2)),
        *map(Example, bodies),
        *(Example(text) for pair in tasks.translations(data, []) for text in pair),
        *tasks.grammatical(GRAMMATICAL, SEED),
        *tasks.naming(NAMING, SEED),
    ]
    spoken = [example._replace(text=example.text[:400]) for example in drawn if example.text.strip()]
    return [
        example._replace(text=side.text, answers=side.answers)
        for example, side in zip(spoken, tasks.sides(spoken, unmask), strict=True)
    ]


def taught(examples: list[Example], work: Path) -> dict[str, np.ndarray]:
    """Ask the teacher, or read what it said before."""
    teacher_file = Path("models/encoder/encoder.onnx").read_bytes()
    sides = [Side(e.text, e.answers) for e in examples]
    asked = crc32(teacher_file + "\0".join(map(str, sides)).encode())
    kept = work / f"taught-{asked:08x}.npz"
    if kept.exists():
        return dict(np.load(kept))
    teacher = encoder.load(Path("models/encoder"))
    parts = [sides[start : start + 500] for start in range(0, len(sides), 500)]
    with ThreadPoolExecutor(2) as pool:  # a session may be asked from two threads: twice the speed of one
        encoded = [*pool.map(teacher, parts)]
    said = {
        name: np.concatenate([getattr(part, name) for part in encoded])
        for name in ("vectors", "stances", "harms", "topics")
    }
    np.savez(kept, **said)
    return said


Words = list[list[tuple[int, float]]]
"""(row, weight) of the features of each word of a text."""


class Bag(NamedTuple):
    """The features of several texts, one after the other, as EmbeddingBag wants them."""

    rows: Tensor
    weights: Tensor
    starts: Tensor
    """Where the features of each word begin."""
    texts: Tensor
    """The text of each word."""
    sizes: Tensor
    """Words of each text."""


class Network(nn.Module):
    """The student in PyTorch."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.EmbeddingBag(2 * ROWS, WIDTH, mode="sum", sparse=True)
        nn.init.normal_(self.table.weight, std=0.05)
        self.turn = nn.Linear(WIDTH, WIDTH, bias=False)
        self.hidden = nn.Linear(4 * WIDTH, HIDDEN)
        self.out = nn.Linear(HIDDEN, sum(OUTPUTS))

    def forward(self, own: Bag, other: Bag) -> tuple[Tensor, Tensor]:
        """Give the vectors (n, WIDTH) of length 1 and the logits (n, 16)."""
        left, peaks = self._sums(own)
        right, _ = self._sums(other)
        states = torch.cat([left, right, left * right, peaks], dim=1)
        states = functional.dropout(states, 0.2, self.training)
        logits = self.out(functional.dropout(functional.relu(self.hidden(states)), 0.2, self.training))
        return functional.normalize(self.turn(left), dim=1), logits

    def _sums(self, bag: Bag) -> tuple[Tensor, Tensor]:
        vectors = self.table(bag.rows, bag.starts, per_sample_weights=bag.weights)
        zeros = torch.zeros(len(bag.sizes), WIDTH)
        sums = zeros.index_add(0, bag.texts, vectors) / bag.sizes.clamp(min=1).sqrt()[:, None]
        places = bag.texts[:, None].expand(-1, WIDTH)
        return sums, zeros.scatter_reduce(0, places, vectors, "amax", include_self=False)


def bag(texts: list[Words]) -> Bag:
    """Put the features of several texts together."""
    words = [word for text in texts for word in text]
    flat = [pair for word in words for pair in word]
    sizes = torch.tensor([len(text) for text in texts])
    return Bag(
        torch.tensor([row for row, _ in flat], dtype=torch.long),
        torch.tensor([weight for _, weight in flat]),
        torch.from_numpy(np.cumsum([0, *map(len, words)])[:-1]),
        torch.repeat_interleave(torch.arange(len(texts)), sizes),
        sizes,
    )


def loss_of(
    vectors: Tensor, logits: Tensor, said: dict[str, Tensor], stance: Tensor, harms: Tensor
) -> Tensor:
    """Punish what differs from the teacher, and from our own labels where there are any."""
    ours = logits.split(list(OUTPUTS), dim=1)
    total = 2 * (1 - (vectors * said["vectors"]).sum(1)).mean()
    for mine, name in zip(ours, ("stances", "harms", "topics"), strict=True):
        if name == "harms":
            total = total + functional.binary_cross_entropy_with_logits(mine, said[name].sigmoid())
        else:
            soft = said[name].softmax(1)
            total = total - (soft * functional.log_softmax(mine, 1)).sum(1).mean()
    known = stance >= 0
    if known.any():
        total = total + GOLD * functional.cross_entropy(ours[0][known], stance[known])
    known = harms >= 0
    if known.any():
        total = total + GOLD * functional.binary_cross_entropy_with_logits(ours[1][known], harms[known])
    return total


def check(network: Network, own: Bag, other: Bag, incites: list[bool]) -> float:
    """Give the AUPRC of incitement on labelled comments, to watch a training by."""
    network.eval()
    with torch.no_grad():
        _, logits = network(own, other)
    network.train()
    return float(average_precision_score(incites, incitement_logit(logits[:, : OUTPUTS[0]].numpy())))


def word_features(text: str | None) -> Words:
    """Give the features of each word of a text."""
    return [*features([token for token, *_ in tokens(text)])] if text else []


def train(examples: list[Example], said: dict[str, np.ndarray], unmask: Unmasker) -> Network:
    """Fit the student."""
    rows = tasks.threads("dev")
    texts_of_dev = zip(*tasks.sides(tasks.own(rows), unmask), strict=True)
    dev_own, dev_other = (bag([*map(word_features, texts)]) for texts in texts_of_dev)
    dev_incites = [bool(row.incites) for row in rows]
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    network = Network()
    sparse = torch.optim.SparseAdam(network.table.parameters(), lr=5 * RATE)
    dense = torch.optim.AdamW(
        [p for name, p in network.named_parameters() if not name.startswith("table")], lr=RATE
    )
    own = [word_features(e.text) for e in examples]
    other = [word_features(e.answers) for e in examples]
    targets = {name: torch.from_numpy(values) for name, values in said.items()}
    stance = torch.tensor([e.stance for e in examples])
    harms = torch.tensor([e.harms for e in examples], dtype=torch.float32)
    order = [*range(len(examples))]
    steps = EPOCHS * (len(order) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        rng.shuffle(order)
        total = 0.0
        for first in range(0, len(order) - BATCH + 1, BATCH):
            here = order[first : first + BATCH]
            vectors, logits = network(bag([own[i] for i in here]), bag([other[i] for i in here]))
            loss = loss_of(
                vectors,
                logits,
                {name: values[here] for name, values in targets.items()},
                stance[here],
                harms[here],
            )
            for optimizer, rate in ((sparse, 5 * RATE), (dense, RATE)):
                for group in optimizer.param_groups:
                    group["lr"] = rate * max(0.02, 1 - step / steps)
                optimizer.zero_grad()
            loss.backward()
            sparse.step()
            dense.step()
            step += 1
            total += float(loss.detach())
        mean = total / (len(order) // BATCH)
        seen = check(network, dev_own, dev_other, dev_incites)
        print(f"epoch {epoch}: loss {mean:.3f}, dev incitement {seen:.3f}", flush=True)
    return network.eval()


def small(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give a table in int8, and a scale for each row."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-8)
    return np.round(table / scales).astype(np.int8), scales.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/student"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    data = Data(options.data)
    unmask = load_unmasker(Path("models/harms/words.json"))
    examples = texts(data, unmask)
    said = taught(examples, options.work)
    # The teacher's 384 dimensions are turned to the WIDTH that matter most (PCA), keeping the cosines.
    centred = said["vectors"] - said["vectors"].mean(axis=0)
    _, _, axes = np.linalg.svd(centred[:20_000], full_matrices=False)
    turned = centred @ axes[:WIDTH].T
    said["vectors"] = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    print(f"{len(examples):,} texts", flush=True)
    network = train(examples, said, unmask)
    table = network.table.weight.detach().numpy()
    words, word_scales = small(table[:ROWS])
    pairs, pair_scales = small(table[ROWS:])
    tensors = {
        "words": words, "words.scales": word_scales, "pairs": pairs, "pairs.scales": pair_scales,
        "turn": network.turn.weight.detach().numpy().T,
        "hidden": network.hidden.weight.detach().numpy().T, "hidden.bias": network.hidden.bias.detach().numpy(),
        "out": network.out.weight.detach().numpy().T, "out.bias": network.out.bias.detach().numpy(),
    }  # fmt: skip
    save_file(
        {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
        FOLDER / "student.safetensors",
    )
    publish(FOLDER, [*data.provenance(), OWN_STARTER, OWN_CORPUS])


if __name__ == "__main__":
    main()
