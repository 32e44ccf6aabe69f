#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sizes for the embeddings of a PyTorch model, by the program ask_sizes: the trainer stays in Python.

    pytorch_sizes.py --ask-sizes build/release/examples/ask_sizes --budget 0.9 --out small.safetensors

A DeepFM (Guo et al., 2017) learns made-up clicks of five fields, of 6 to 4,000 rows each. A row of
a table keeps as many of its numbers as it is given: a mask, mask[row, column] = column < size[row],
is multiplied to the table. The full-size model is trained once; each question of ask_sizes is
answered by cutting it, tuning it for a few steps, and its AUC on validation. What was found is
trained longer at the end, saved without what it does not keep, and read again. With --numpy the
model is a factorisation machine with gradients by hand, for machines without PyTorch.

To put a model of your own here: write `rows.safetensors` (how often each row occurs), and replace
`FactorisationMachine` or `DeepFM`: `set_sizes`, `fit`, `predict`.
"""
import argparse
import copy
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np

FIELDS = {"user": 4000, "item": 1500, "site": 200, "category": 30, "device": 6}  # rows


# Files: safetensors are 8 bytes of length, a header in JSON, and the numbers.

TYPES = {"F32": "<f4", "F64": "<f8", "U16": "<u2", "I32": "<i4", "I64": "<i8"}


def save_tensors(path, tensors):
    header, data = {}, []
    at = 0
    for name, array in sorted(tensors.items(), key=lambda t: -t[1].dtype.itemsize):  # large numbers aligned
        kind = next(k for k, t in TYPES.items() if np.dtype(t) == array.dtype)
        data.append(np.ascontiguousarray(array).tobytes())
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, at + len(data[-1])]}
        at += len(data[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


def load_tensors(path):
    with open(path, "rb") as file:
        content = file.read()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    tensors = {}
    for name, t in json.loads(content[8:end]).items():
        if name != "__metadata__":
            first, last = t["data_offsets"]
            tensors[name] = np.frombuffer(content[end + first:end + last], TYPES[t["dtype"]]).reshape(t["shape"])
    return tensors


# Data.

def made_up_clicks(examples, seed):
    """Rows [examples, fields] and clicks. Frequencies follow power laws; the more often a row
    occurs, the more true factors it has, which equal sizes for all cannot suit."""
    draw = np.random.default_rng(seed)
    factors = 16
    rows = np.empty((examples, len(FIELDS)), np.int64)
    total = np.zeros((examples, factors))
    odds = np.full(examples, -1.0)
    for f, count in enumerate(FIELDS.values()):
        share = (1 + np.arange(count) / 5) ** -0.9
        rows[:, f] = draw.choice(count, examples, p=share / share.sum())
        own = np.maximum(1, np.rint(factors * np.sqrt(share)))
        truth = draw.normal(0, 0.55, (count, factors)) * (np.arange(factors) < own[:, None])
        odds += (total * truth[rows[:, f]]).sum(1)
        total += truth[rows[:, f]]
    clicks = (draw.random(examples) < 1 / (1 + np.exp(-odds))).astype(np.float32)
    return rows, clicks


def auc(score, clicks):
    """Probability that a click scores above what was not clicked; ties count half."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    positive = clicks.sum()
    return float((rank[clicks > 0].sum() - positive * (positive + 1) / 2) / (positive * (len(clicks) - positive)))


def rows_right(model, rows, clicks):
    """Quality of each row: the geometric mean of the probability that the model gave to what
    happened when the row occurred; 0 if it did not. Some methods learn from it."""
    p = np.clip(model.predict(rows), 1e-6, 1 - 1e-6)
    right = np.log(np.where(clicks > 0, p, 1 - p))
    quality = {}
    for f, (name, count) in enumerate(FIELDS.items()):
        seen = np.bincount(rows[:, f], minlength=count)
        mean = np.bincount(rows[:, f], right, count) / np.maximum(seen, 1)
        quality[name] = np.where(seen > 0, np.exp(mean), 0.0)
    return quality


def principal_axes(tables, frequency):
    """A rotation [dim, dim] after which the first columns say the most. Inner products of rows stay."""
    energy = sum((t * n[:, None]).T @ t for t, n in zip(tables, frequency))
    return np.linalg.eigh(energy)[1][:, ::-1]


def masks_of(sizes, dim):
    return [(np.arange(dim) < sizes[name][:, None]).astype(np.float32) for name in FIELDS]


# Models: what ask_sizes needs of them is that sizes can be set, and that they can be trained and judged.

class FactorisationMachine:
    """Bias, biases of the rows, and inner products of all pairs of rows (Rendle, 2010), by Adam."""

    def __init__(self, dim, seed):
        draw = np.random.default_rng(seed)
        self.dim = dim
        self.parts = {"bias": np.zeros(1, np.float32)}
        for name, count in FIELDS.items():
            self.parts[name] = draw.normal(0, 0.05, (count, dim)).astype(np.float32)
            self.parts[name + ".bias"] = np.zeros(count, np.float32)
        self.masks = [np.ones((count, dim), np.float32) for count in FIELDS.values()]

    def set_sizes(self, sizes):
        self.masks = masks_of(sizes, self.dim)

    def tables(self):
        return [self.parts[name] * mask for name, mask in zip(FIELDS, self.masks)]

    def turn(self, axes):
        for name in FIELDS:
            self.parts[name] = (self.parts[name] @ axes).astype(np.float32)

    def fit(self, rows, clicks, steps, rate, seed, batch=512):
        draw = np.random.default_rng(seed)
        first = {name: np.zeros_like(x) for name, x in self.parts.items()}
        second = {name: np.zeros_like(x) for name, x in self.parts.items()}
        for step in range(1, steps + 1):
            chosen = draw.integers(0, len(rows), batch)
            r = rows[chosen]
            e = [self.parts[n][r[:, f]] * self.masks[f][r[:, f]] for f, n in enumerate(FIELDS)]
            total = sum(e)
            odds = self.parts["bias"] + ((total ** 2).sum(1) - sum((x ** 2).sum(1) for x in e)) / 2
            for f, name in enumerate(FIELDS):
                odds = odds + self.parts[name + ".bias"][r[:, f]]
            slope = ((1 / (1 + np.exp(-odds)) - clicks[chosen]) / batch).astype(np.float32)
            gradient = {"bias": slope.sum(keepdims=True)}
            for f, name in enumerate(FIELDS):
                gradient[name] = np.zeros_like(self.parts[name])
                of_row = (slope[:, None] * (total - e[f])) * self.masks[f][r[:, f]]
                np.add.at(gradient[name], r[:, f], of_row + 1e-5 * e[f])
                gradient[name + ".bias"] = np.bincount(r[:, f], slope, FIELDS[name]).astype(np.float32)
            now = rate * (1 - (step - 1) / steps)
            for name, g in gradient.items():
                first[name] += 0.1 * (g - first[name])
                second[name] += 0.001 * (g * g - second[name])
                self.parts[name] -= (now * (first[name] / (1 - 0.9 ** step)) /
                                     (np.sqrt(second[name] / (1 - 0.999 ** step)) + 1e-8)).astype(np.float32)

    def predict(self, rows):
        return self.predict_from([t[rows[:, f]] for f, t in enumerate(self.tables())], rows)

    def predict_from(self, e, rows):
        total = sum(e)
        odds = self.parts["bias"] + ((total ** 2).sum(1) - sum((x ** 2).sum(1) for x in e)) / 2
        for f, name in enumerate(FIELDS):
            odds = odds + self.parts[name + ".bias"][rows[:, f]]
        return 1 / (1 + np.exp(-odds.astype(np.float64)))


def make_deep_fm(dim, seed):
    import torch

    class DeepFM(torch.nn.Module):
        """The same, and a network that reads the rows one beside the other."""

        def __init__(self):
            super().__init__()
            torch.manual_seed(seed)
            torch.set_num_threads(1)
            self.dim = dim
            self.embedding = torch.nn.ModuleList(torch.nn.Embedding(count, dim) for count in FIELDS.values())
            self.row_bias = torch.nn.ModuleList(torch.nn.Embedding(count, 1) for count in FIELDS.values())
            for e, b in zip(self.embedding, self.row_bias):
                torch.nn.init.normal_(e.weight, 0, 0.05)
                torch.nn.init.zeros_(b.weight)
            self.deep = torch.nn.Sequential(torch.nn.Linear(dim * len(FIELDS), 32), torch.nn.ReLU(),
                                            torch.nn.Linear(32, 1))
            self.masks = [torch.ones(count, dim) for count in FIELDS.values()]

        def set_sizes(self, sizes):
            self.masks = [torch.from_numpy(m) for m in masks_of(sizes, self.dim)]

        def tables(self):
            with torch.no_grad():
                return [(e.weight * m).numpy() for e, m in zip(self.embedding, self.masks)]

        def turn(self, axes):
            """Turns the tables, and the network's first layer back: nothing else changes."""
            axes = torch.from_numpy(axes.copy()).float()
            with torch.no_grad():
                for e in self.embedding:
                    e.weight.copy_(e.weight @ axes)
                layer = self.deep[0].weight
                layer.copy_((layer.view(32, len(FIELDS), self.dim) @ axes).view(32, -1))

        def odds(self, e, rows):
            total = sum(e)
            pairs = ((total ** 2).sum(1) - sum((x ** 2).sum(1) for x in e)) / 2
            biases = sum(b(rows[:, f]).squeeze(1) for f, b in enumerate(self.row_bias))
            return pairs + biases + self.deep(torch.cat(e, 1)).squeeze(1)

        def fit(self, rows, clicks, steps, rate, seed, batch=512):
            draw = np.random.default_rng(seed)
            adam = torch.optim.Adam(self.parameters(), rate)
            fall = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / steps)
            for _ in range(steps):
                chosen = draw.integers(0, len(rows), batch)
                r = torch.from_numpy(rows[chosen])
                e = [t(r[:, f]) * self.masks[f][r[:, f]] for f, t in enumerate(self.embedding)]
                loss = torch.nn.functional.binary_cross_entropy_with_logits(
                    self.odds(e, r), torch.from_numpy(clicks[chosen]))
                adam.zero_grad()
                (loss + 1e-5 / 2 / batch * sum((x ** 2).sum() for x in e)).backward()
                adam.step()
                fall.step()

        def predict(self, rows):
            return self.predict_from([t[rows[:, f]] for f, t in enumerate(self.tables())], rows)

        def predict_from(self, e, rows):
            with torch.no_grad():
                odds = self.odds([torch.from_numpy(x) for x in e], torch.from_numpy(rows))
                return torch.sigmoid(odds.double()).numpy()

    return DeepFM()


def equal_sizes(numbers, seed):
    """All rows the same, but for the few numbers that do not share out, which rows drawn by lot have."""
    count = sum(FIELDS.values())
    all_rows = np.full(count, numbers // count, np.uint16)
    all_rows[np.random.default_rng(seed).permutation(count)[:numbers % count]] += 1
    return dict(zip(FIELDS, np.split(all_rows, np.cumsum(list(FIELDS.values()))[:-1])))


# The small tables: the numbers that rows keep, one after the other, and where each row begins.

def save_ragged(path, model, sizes):
    tensors = {}
    for name, table in zip(FIELDS, model.tables()):
        keep = np.arange(table.shape[1]) < sizes[name][:, None]
        tensors[name + ".values"] = table[keep].astype("<f4")
        tensors[name + ".offsets"] = np.concatenate([[0], np.cumsum(sizes[name], dtype=np.int64)]).astype("<i4")
    save_tensors(path, tensors)


def rows_of_ragged(tensors, name, rows, dim):
    """Rows of a small table with zeros behind them, as a model wants them."""
    values, offsets = tensors[name + ".values"], tensors[name + ".offsets"]
    at = offsets[rows][:, None] + np.arange(dim)
    inside = at < offsets[rows + 1][:, None]
    return np.where(inside, values[np.minimum(at, len(values) - 1)], np.float32(0))


def ask_sizes(program, command, folder, *options):
    """Calls the program; the lines of JSON that it answers with."""
    done = subprocess.run([program, command, folder, *map(str, options)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip() or "ask_sizes failed")
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    p = argparse.ArgumentParser(description="Searches embedding sizes of a PyTorch model by ask_sizes.")
    p.add_argument("--ask-sizes", default="ask_sizes", help="path of the program")
    p.add_argument("--numpy", action="store_true", help="a factorisation machine without PyTorch")
    p.add_argument("--folder", help="of the study; one that is there goes on; without: a temporary one")
    p.add_argument("--budget", type=float, default=0.9, help="share of the numbers to remove")
    p.add_argument("--method", nargs="+", default=["portfolio", "equal", "frequency"])
    p.add_argument("--measurements", type=int, default=40)
    p.add_argument("--dim", type=int, default=16)
    p.add_argument("--examples", type=int, default=120_000, help="half to train, a quarter each to choose and to test")
    p.add_argument("--steps", type=int, default=300, help="of the full-size training")
    p.add_argument("--tune", type=int, default=60, help="steps of an answer")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", default="small.safetensors", help="the small tables")
    o = p.parse_args()

    rows, clicks = made_up_clicks(o.examples, o.seed)
    a, b = o.examples // 2, o.examples * 3 // 4
    train, valid, test = (rows[:a], clicks[:a]), (rows[a:b], clicks[a:b]), (rows[b:], clicks[b:])
    frequency = [np.bincount(train[0][:, f], minlength=count) for f, count in enumerate(FIELDS.values())]

    full = FactorisationMachine(o.dim, o.seed) if o.numpy else make_deep_fm(o.dim, o.seed)
    full.fit(*train, o.steps, 0.01, o.seed)
    full.turn(principal_axes(full.tables(), frequency))  # so that a cut takes what says least

    folder = o.folder or tempfile.mkdtemp(prefix="sizes-")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "study.safetensors")):
        counts = os.path.join(folder, "rows.safetensors")
        save_tensors(counts, {name: n.astype("<i8") for name, n in zip(FIELDS, frequency)})
        tables = os.path.join(folder, "tables.safetensors")  # for rules that look at the numbers
        save_tensors(tables, {name: t.astype("<f4") for name, t in zip(FIELDS, full.tables())})
        ask_sizes(o.ask_sizes, "begin", folder, "--rows", counts, "--tables", tables, "--dim", o.dim,
                  "--budget", o.budget, "--method", *o.method, "--measurements", o.measurements, "--seed", o.seed)

    def cut_and_tuned(sizes, steps, rate):
        model = copy.deepcopy(full)
        model.set_sizes(sizes)
        model.fit(*train, steps, rate, o.seed + 1)
        return model

    answers = 0
    while True:
        question = ask_sizes(o.ask_sizes, "ask", folder)[0]
        if question["done"]:
            break
        sizes = load_tensors(question["file"])
        model = full if question["full"] else cut_and_tuned(sizes, o.tune, 0.005)
        options = []
        if question["rows"]:
            options = ["--rows", os.path.join(folder, "qualities.safetensors")]
            save_tensors(options[1], rows_right(model, *valid))
        ask_sizes(o.ask_sizes, "tell", folder, "--number", question["number"],
                  "--quality", auc(model.predict(valid[0]), valid[1]), *options)
        answers += 1

    file = os.path.join(folder, "best.safetensors")
    best = ask_sizes(o.ask_sizes, "best", folder, "--budget", o.budget, "--out", file)[0]
    sizes = load_tensors(file)
    kept = sum(int(s.sum()) for s in sizes.values())
    dense = sum(FIELDS.values()) * o.dim
    equal = equal_sizes(int((1 - o.budget) * dense + 1e-6), o.seed)
    found = cut_and_tuned(sizes, o.steps, 0.005)
    same = cut_and_tuned(equal, o.steps, 0.005)
    on = cut_and_tuned({name: np.full(count, o.dim) for name, count in FIELDS.items()}, o.steps, 0.005)
    print(f"{answers} answers; AUC on test, each trained to the end")
    same_numbers = sum(int(s.sum()) for s in equal.values())
    for name, model, numbers in (("full size", full, dense), ("full size, trained on", on, dense),
                                 ("equal sizes", same, same_numbers), ("found: " + best["origin"], found, kept)):
        print(f"{name:40.40} {numbers:8} numbers  {auc(model.predict(test[0]), test[1]):.4f}")
    print("mean size: " + ", ".join(f"{name} {s.mean():.1f}" for name, s in sizes.items()))

    save_ragged(o.out, found, sizes)
    small = load_tensors(o.out)
    again = found.predict_from([rows_of_ragged(small, name, test[0][:, f], o.dim) for f, name in enumerate(FIELDS)],
                               test[0])
    right = bool(np.array_equal(again, found.predict(test[0]))) and 1 - kept / dense >= o.budget
    print(f"{o.out}: {os.path.getsize(o.out)} bytes, of {4 * dense} as floats at full size"
          if right else "a promise is broken")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
