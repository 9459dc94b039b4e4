"""Adapts the packaged encoder to customer service: a low-rank difference to its upper layers, learned on pairs.

Three losses over one batch of whole articles with their questions: late interaction and the sentence vectors tell each
question's passage from the others of the batch, its sister sections among them (InfoNCE, van den Oord et al. 2018), and
every question that is answered must agree with its passage more than any near miss of the batch does with the best for
it, so that agreement means the same for all questions. Only the difference is written (LoRA, Hu et al. 2021).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eval.errors import EvaluationError
from eval.pairs_file import Group
from indexer.model import packaged
from indexer.tokens import Tokenised, TokenReader
from kb.progress import Progress, silent

_LINEAR = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_LEAST = 4  # groups in a batch
_MEASURED = 15
_PIECES = 3


@dataclass(frozen=True)
class Plan:
    """How to learn. Temperatures divide cosines; first_layer: the lowest of the 12 that changes, from 0."""

    epochs: int = 3
    batch: int = 12
    first_layer: int = 3
    rank: int = 48
    learning_rate: float = 6e-4
    late_temperature: float = 0.03
    dense_temperature: float = 0.04
    near_temperature: float = 0.04
    dense_weight: float = 0.3
    near_weight: float = 0.6
    max_tokens: int = 256
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """How well held-out groups are told apart, two shares.

    first: how often a question's passage comes first of a batch. answered_above_near: how often a question that is
    answered agrees more with its passage than a near miss of any article does with the best for it; 0.5 is chance.
    """

    first: float
    answered_above_near: float


@dataclass(frozen=True)
class _Scores:
    """`[q, p]` each: late interaction's mean and weak score (`kb.leg.LateScores`), and the sentence vectors' cosine."""

    late: Tensor
    weak: Tensor
    dense: Tensor


class LowRank(nn.Module):
    """A linear layer with a low-rank difference that is learned while the layer itself stays."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.linear = linear
        self.a = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.b = nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        """W·x + B·A·x."""
        out: Tensor = self.linear(x) + (x @ self.a.T) @ self.b.T
        return out


class Learner:
    """The base model with its differences, from the sentence-transformers folder that `packaged` writes."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        from transformers import BertModel

        torch.manual_seed(plan.seed)
        self._plan = plan
        self._reader = TokenReader(folder / "tokenizer.json", plan.max_tokens)
        self._model = BertModel.from_pretrained(folder)
        self._model.requires_grad_(requires_grad=False)
        self.differences: dict[str, LowRank] = {}
        for number, layer in enumerate(self._model.encoder.layer):
            if number < plan.first_layer:
                continue
            for path in _LINEAR:
                parent, last = path.rpartition(".")[::2]
                holder = layer.get_submodule(parent)
                difference = LowRank(getattr(holder, last), plan.rank)
                setattr(holder, last, difference)
                self.differences[f"encoder.layer.{number}.{path}"] = difference

    def go_on_from(self, path: Path) -> None:
        """Begin with a difference that was written before, of at most this rank; layers that it has not begin anew.

        Raises EvaluationError where its rank is higher, or where it has none of these layers.
        """
        with np.load(path) as before, torch.no_grad():
            if not any(f"{name}.a" in before for name in self.differences):
                raise EvaluationError(f"{path}: is a difference to other layers than these")
            for name, difference in self.differences.items():
                if f"{name}.a" not in before:
                    continue
                a, b = (torch.from_numpy(before[f"{name}.{part}"].astype(np.float32)) for part in ("a", "b"))
                if len(a) > self._plan.rank:
                    raise EvaluationError(f"{path}: has rank {len(a)}, more than {self._plan.rank}")
                difference.a[: len(a)] = a
                difference.b[:, : len(a)] = b

    def learn(self, groups: Sequence[Group], progress: Progress = silent) -> list[Measured]:
        """Learn on the groups that are not held out; measure on the others before and after each epoch.

        Raises EvaluationError where no source has enough groups for a batch.
        """
        order = random.Random(self._plan.seed)  # noqa: S311 (an order, no secret)
        kept = [g for g in groups if not g.held_out]
        held = [g for g in groups if g.held_out and g.near_misses]
        parameters = [p for d in self.differences.values() for p in (d.a, d.b)]
        optimizer = torch.optim.AdamW(parameters, lr=self._plan.learning_rate, weight_decay=0.01)
        total = self._plan.epochs * len(list(_batches(kept, self._plan.batch, order)))
        if not total:
            raise EvaluationError(f"nothing to learn: no file or folder has {_LEAST} groups to tell apart; add more")
        measured, step = [self.measure(held)], 0
        for _ in range(self._plan.epochs):
            for batch in _batches(kept, self._plan.batch, order):
                rate = min(1.0, (step + 1) / 20) * max(0.05, 1 - step / total)
                for chosen in optimizer.param_groups:
                    chosen["lr"] = self._plan.learning_rate * rate
                optimizer.zero_grad()
                self._loss(batch, order).backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                step += 1
                progress("adapting the encoder", min(step, total), total)
            measured.append(self.measure(held))
        return measured

    def measure(self, groups: Sequence[Group]) -> Measured:
        """How well the model tells held-out groups with near misses apart, batch by batch; NaN without any."""
        if not groups:
            return Measured(float("nan"), float("nan"))
        self._model.train(mode=False)
        first: list[Tensor] = []
        answered: list[Tensor] = []
        missed: list[Tensor] = []
        with torch.no_grad():
            for some in _batches(groups, _MEASURED, random.Random(0), least=1):  # noqa: S311 (an order, no secret)
                asked, near = _asked(some), _near(some)
                found = self._scores([*(q for q, _ in asked), *(q for q, _, _ in near)], some)
                own = torch.tensor([n for _, n in asked])
                first.append((found.late[: len(asked)].argmax(1) == own).float())
                answered.append(found.weak[: len(asked)].gather(1, own[:, None])[:, 0])
                missed.append(_best_for(near, found.weak[len(asked) :]))
        above = torch.cat(answered)[:, None] > torch.cat(missed)[None]
        return Measured(float(torch.cat(first).mean()), float(above.float().mean()))

    def write(self, path: Path) -> None:
        """The differences as `indexer.model.adaptation` reads them."""
        arrays = {
            f"{name}.{part}": getattr(difference, part).detach().numpy().astype(np.float16)
            for name, difference in self.differences.items()
            for part in ("a", "b")
        }
        # By its path alone, NumPy would write to another name where the suffix is missing.
        with path.open("wb") as file:
            np.savez(file, **arrays)

    def _loss(self, batch: Sequence[Group], order: random.Random) -> Tensor:
        plan = self._plan
        asked = _asked(batch, order, most=3)
        near = _near(batch, order, most=2)
        found = self._scores([*(q for q, _ in asked), *(q for q, _, _ in near)], batch)
        count = len(asked)
        own = torch.tensor([n for _, n in asked])
        loss = functional.cross_entropy(found.late[:count] / plan.late_temperature, own)
        loss = loss + plan.dense_weight * functional.cross_entropy(found.dense[:count] / plan.dense_temperature, own)
        if near:
            answered = found.weak[:count].gather(1, own[:, None])
            missed = _best_for(near, found.weak[count:])
            apart = functional.softplus((missed[None] - answered) / plan.near_temperature)
            same = own[:, None] == torch.tensor([n for _, n, _ in near])[None]
            loss = loss + plan.near_weight * (apart.mean() + apart[same].mean())
        return loss

    def _scores(self, questions: Sequence[str], groups: Sequence[Group]) -> _Scores:
        passages, their_tokens, their_kept = self._encode([g.passage for g in groups], packaged.PROMPTS["document"])
        vectors, tokens, kept = self._encode(questions, packaged.PROMPTS["query"])
        width = tokens.shape[-1]
        flat = tokens.reshape(-1, width) @ their_tokens.reshape(-1, width).T
        cosines = flat.reshape(*tokens.shape[:2], *their_tokens.shape[:2])
        best = cosines.masked_fill(~their_kept[None, None], -1.0).max(-1).values
        count = kept.sum(1, keepdim=True).clamp(min=1)
        late = (best * kept[..., None]).sum(1) / count
        # The half that agrees least: what is not kept sorts behind everything.
        least = best.masked_fill(~kept[..., None], 2.0).sort(dim=1).values
        half = torch.arange(least.shape[1])[None] < (count // 2).clamp(min=1)
        weak = (least * half[..., None]).sum(1) / half.sum(1, keepdim=True)
        return _Scores(late, weak, vectors @ passages.T)

    def _encode(self, texts: Sequence[str], prompt: str) -> tuple[Tensor, Tensor, Tensor]:
        """Unit sentence vectors `[n, d]`, unit token vectors `[n, t, d]`, and which of the tokens count `[n, t]`."""
        read = self._reader.read(texts, prompt)
        order = sorted(range(len(texts)), key=lambda n: len(read[n].ids))
        size = -(-len(order) // _PIECES)
        # Short texts apart from long ones: what is filled up costs as much as what is written.
        pieces = [order[start : start + size] for start in range(0, len(order), size)]
        length = max(len(r.ids) for r in read)
        found = [self._forward([read[n] for n in piece], length) for piece in pieces]
        back = torch.tensor([n for piece in pieces for n in piece]).argsort()
        mean, hidden, kept = (torch.cat(some)[back] for some in zip(*found, strict=True))
        return functional.normalize(mean, dim=-1), functional.normalize(hidden, dim=-1), kept

    def _forward(self, read: Sequence[Tokenised], length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Mean and token vectors as the model gives them, filled up with zeros to `length` tokens."""
        longest = max(len(r.ids) for r in read)
        ids = torch.ones((len(read), longest), dtype=torch.long)
        mask = torch.zeros((len(read), longest))
        kept = torch.zeros((len(read), length), dtype=torch.bool)
        for row, text in enumerate(read):
            ids[row, : len(text.ids)] = torch.from_numpy(text.ids)
            mask[row, : len(text.ids)] = 1
            kept[row, torch.from_numpy(text.kept)] = True
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self._model(ids, attention_mask=mask.long()).last_hidden_state
        hidden = hidden.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return mean, functional.pad(hidden, (0, 0, 0, length - longest)), kept


def _asked(batch: Sequence[Group], order: random.Random | None = None, most: int = 0) -> list[tuple[str, int]]:
    """Questions with the place of their group; with an order, at most so many of each group."""
    return [(q, n) for n, g in enumerate(batch) for q in _some(g.questions, order, most)]


def _near(batch: Sequence[Group], order: random.Random | None = None, most: int = 0) -> list[tuple[str, int, bool]]:
    """Near misses with the place of their group, and whether nothing beside it answers them either."""
    return [(q, n, q in g.unanswered) for n, g in enumerate(batch) for q in _some(g.near_misses, order, most)]


def _some(texts: Sequence[str], order: random.Random | None, most: int) -> Sequence[str]:
    return texts if order is None else order.sample(texts, min(most, len(texts)))


def _best_for(near: Sequence[tuple[str, int, bool]], scores: Tensor) -> Tensor:
    """`[n]`: what each near miss scores with the best passage of the batch, or its own where another may answer it."""
    own = scores.gather(1, torch.tensor([n for _, n, _ in near])[:, None])[:, 0]
    return torch.where(torch.tensor([alone for _, _, alone in near]), scores.max(1).values, own)


def _batches(groups: Sequence[Group], size: int, order: random.Random, least: int = _LEAST) -> Iterator[list[Group]]:
    """Batches of whole articles of one source, whose passages are the harder to tell apart; those too small are left.

    An article's groups stay together, so that a batch may be larger than `size` by all but one of them.
    """
    by_source: dict[str, dict[str, list[Group]]] = {}
    for number, group in enumerate(groups):
        articles = by_source.setdefault(group.source, {})
        articles.setdefault(group.title or str(number), []).append(group)
    batches = []
    for articles in by_source.values():
        some = list(articles.values())
        order.shuffle(some)
        batch: list[Group] = []
        for article in some:
            batch += article
            if len(batch) >= size:
                batches.append(batch)
                batch = []
        batches.append(batch)
    order.shuffle(batches)
    yield from (batch for batch in batches if len(batch) >= least)
