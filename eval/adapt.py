"""Adapts the packaged encoder to customer service: a low-rank difference to its upper layers, learned on pairs.

Three losses over one batch of passages with their questions: late interaction and the sentence vectors tell each
question's passage from the others of the batch (InfoNCE, van den Oord et al. 2018), and a question that a passage
answers must agree with it more than a near miss does. Only the difference is written (LoRA, Hu et al. 2021).
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
from indexer.tokens import TokenReader
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


@dataclass(frozen=True)
class Plan:
    """How to learn. Temperatures divide cosines; first_layer: the lowest of the 12 that changes, from 0."""

    epochs: int = 3
    batch: int = 12
    first_layer: int = 5
    rank: int = 16
    learning_rate: float = 4e-4
    late_temperature: float = 0.03
    dense_temperature: float = 0.04
    near_temperature: float = 0.03
    dense_weight: float = 0.3
    near_weight: float = 0.5
    max_tokens: int = 256
    held_out: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """How well held-out groups are told apart, two shares.

    first: how often a question's passage comes first of a batch. answered_above_near: how often a question that is
    answered agrees more with its passage than a near miss does with its own; 0.5 is chance.
    """

    first: float
    answered_above_near: float


class LowRank(nn.Module):
    """A linear layer with a low-rank difference that is learned while the layer itself stays."""

    def __init__(self, linear: nn.Linear, rank: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.linear = linear
        self.a = nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.b = nn.Parameter(torch.zeros(linear.out_features, rank))
        self.dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """W·x + B·A·x."""
        kept = functional.dropout(x, self.dropout, self.training)
        out: Tensor = self.linear(x) + (kept @ self.a.T) @ self.b.T
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

    def learn(self, groups: Sequence[Group], progress: Progress = silent) -> list[Measured]:
        """Learn on nine tenths of the groups that have near misses and all others; measure before and after each epoch.

        Raises EvaluationError where no source has enough groups for a batch.
        """
        order = random.Random(self._plan.seed)  # noqa: S311 (an order, no secret)
        with_near = [g for g in groups if g.near_misses]
        order.shuffle(with_near)
        held = int(len(with_near) * self._plan.held_out)
        kept = [*with_near[held:], *(g for g in groups if not g.near_misses)]
        parameters = [p for d in self.differences.values() for p in (d.a, d.b)]
        optimizer = torch.optim.AdamW(parameters, lr=self._plan.learning_rate, weight_decay=0.01)
        total = self._plan.epochs * len(list(_batches(kept, self._plan.batch, order)))
        if not total:
            raise EvaluationError(f"nothing to learn: no file or folder has {_LEAST} groups to tell apart; add more")
        measured, step = [self.measure(with_near[:held])], 0
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
            measured.append(self.measure(with_near[:held]))
        return measured

    def measure(self, groups: Sequence[Group]) -> Measured:
        """How well the model tells held-out groups with near misses apart, batch by batch; NaN without any."""
        if not groups:
            return Measured(float("nan"), float("nan"))
        self._model.train(mode=False)
        first: list[float] = []
        above: list[float] = []
        with torch.no_grad():
            for start in range(0, len(groups), 15):
                some = groups[start : start + 15]
                asked = [(q, n) for n, g in enumerate(some) for q in g.questions]
                near = [(q, n) for n, g in enumerate(some) for q in g.near_misses]
                late, _ = self._scores([*asked, *near], some)
                own = torch.tensor([n for _, n in asked])
                first.append(float((late[: len(asked)].argmax(1) == own).float().mean()))
                answered = late[: len(asked)].gather(1, own[:, None])
                missed = late[len(asked) :].gather(1, torch.tensor([n for _, n in near])[:, None])
                above.append(float((answered > missed.T).float().mean()))
        return Measured(float(np.mean(first)), float(np.mean(above)))

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
        for difference in self.differences.values():
            difference.train()
        plan = self._plan
        asked = [(q, n) for n, g in enumerate(batch) for q in order.sample(g.questions, min(3, len(g.questions)))]
        near = [(q, n) for n, g in enumerate(batch) for q in order.sample(g.near_misses, min(2, len(g.near_misses)))]
        late, dense = self._scores([*asked, *near], batch)
        own = torch.tensor([n for _, n in asked])
        loss = functional.cross_entropy(late[: len(asked)] / plan.late_temperature, own)
        loss = loss + plan.dense_weight * functional.cross_entropy(dense[: len(asked)] / plan.dense_temperature, own)
        if near:
            theirs = torch.tensor([n for _, n in near])
            answered = late[: len(asked)].gather(1, own[:, None])
            missed = late[len(asked) :].gather(1, theirs[:, None])
            apart = functional.softplus((missed.T - answered) / plan.near_temperature)
            loss = loss + plan.near_weight * apart[own[:, None] == theirs[None]].mean()
        return loss

    def _scores(self, asked: Sequence[tuple[str, int]], groups: Sequence[Group]) -> tuple[Tensor, Tensor]:
        """`[q, p]` late interaction and `[q, p]` cosines of the sentence vectors."""
        passages, their_tokens, their_kept = self._encode([g.passage for g in groups], packaged.PROMPTS["document"])
        questions, tokens, kept = self._encode([q for q, _ in asked], packaged.PROMPTS["query"])
        width = tokens.shape[-1]
        flat = tokens.reshape(-1, width) @ their_tokens.reshape(-1, width).T
        cosines = flat.reshape(*tokens.shape[:2], *their_tokens.shape[:2])
        best = cosines.masked_fill(~their_kept[None, None], -1.0).max(-1).values
        share = kept.float() / kept.float().sum(1, keepdim=True).clamp(min=1)
        return (best * share[..., None]).sum(1), questions @ passages.T

    def _encode(self, texts: Sequence[str], prompt: str) -> tuple[Tensor, Tensor, Tensor]:
        """Unit sentence vectors `[n, d]`, unit token vectors `[n, t, d]`, and which of the tokens count `[n, t]`."""
        read = self._reader.read(texts, prompt)
        length = max(len(r.ids) for r in read)
        ids = torch.ones((len(texts), length), dtype=torch.long)
        mask = torch.zeros((len(texts), length))
        kept = torch.zeros((len(texts), length), dtype=torch.bool)
        for row, text in enumerate(read):
            ids[row, : len(text.ids)] = torch.from_numpy(text.ids)
            mask[row, : len(text.ids)] = 1
            kept[row, torch.from_numpy(text.kept)] = True
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self._model(ids, attention_mask=mask.long()).last_hidden_state
        hidden = hidden.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(mean, dim=-1), functional.normalize(hidden, dim=-1), kept


def _batches(groups: Sequence[Group], size: int, order: random.Random) -> Iterator[list[Group]]:
    """Batches of one source each, whose passages are the harder to tell apart; those too small to tell are left."""
    by_source: dict[str, list[Group]] = {}
    for group in groups:
        by_source.setdefault(group.source, []).append(group)
    batches = []
    for some in by_source.values():
        order.shuffle(some)
        batches += [some[start : start + size] for start in range(0, len(some), size)]
    order.shuffle(batches)
    yield from (batch for batch in batches if len(batch) >= _LEAST)
