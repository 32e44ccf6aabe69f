#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""FM, DeepFM, DCN-V2 and DLRM in PyTorch, written from the papers' formulas.

  click_models.py check FOLDER   trains as ciess_click_peers did and compares log odds
  click_models.py time FOLDER    milliseconds of a step on the same batches
  click_models.py fit FOLDER     trains to the end on the same parts, from the same weights, with batches of its own

FOLDER is what `ciess_click_peers` wrote: model.json, the impressions, first weights and batches as .npy files, and
its own log odds after the steps. Embeddings are dense, their optimiser is torch.optim.Adam.
"""

import argparse
import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

from common import keep_memory


class Clicks(nn.Module):
    """Rows of fields; of a feature its row times its number, where the model has such rows."""

    def __init__(self, folder, about, dtype):
        super().__init__()
        self.about = about
        load = lambda name: torch.from_numpy(np.load(folder / f"{name}.npy")).to(dtype)
        self.tables = nn.ParameterList([nn.Parameter(load(f"table{t}")) for t in range(len(about["tables"]))])
        self.layers = nn.ParameterDict(
            {name.replace("/", "-"): nn.Parameter(load(f"layer{i}").reshape(shape))
             for i, (name, shape) in enumerate(about["layers"])})

    def layer(self, name):
        return self.layers[name.replace("/", "-")]

    def rows(self, values, numbers):
        """-> [batch, slots, d], first order [batch]"""
        about = self.about
        slots, first = [], 0
        for t, pooled in enumerate(about["pooled"]):
            first_weights = self.layer(f"first-order/{t}") if about["first_order"] else None
            if pooled:
                rows, offsets = values[t]
                counts = torch.diff(offsets).to(self.tables[t].dtype)
                owner = torch.repeat_interleave(torch.arange(len(counts)), torch.diff(offsets))
                share = 1 / counts.clamp(min=1)
                mean = lambda of: torch.zeros(len(counts), *of.shape[1:], dtype=of.dtype).index_add(0, owner, of[rows])
                slots.append(mean(self.tables[t]) * share[:, None])
                if first_weights is not None:
                    first = first + mean(first_weights) * share
            else:
                slots.append(torch.nn.functional.embedding(values[t], self.tables[t]))
                if first_weights is not None:
                    first = first + first_weights[values[t]]
        if len(self.tables) > len(about["pooled"]):
            slots += [numbers[:, f : f + 1] * self.tables[-1][f] for f in range(numbers.shape[1])]
            if about["first_order"]:
                first = first + numbers @ self.layer(f"first-order/{len(self.tables) - 1}")
        if about["first_order"]:
            first = first + self.layer("bias")
        return torch.stack(slots, dim=1), first

    def stack(self, name, x, last_relu=False):
        count = sum(1 for n, _ in self.about["layers"] if n.startswith(name + "-") and n.endswith("weights"))
        for l in range(count):
            x = x @ self.layer(f"{name}/{l}/weights") + self.layer(f"{name}/{l}/bias")
            if l + 1 < count or last_relu:
                x = torch.relu(x)
                if l + 1 < count:
                    x = nn.functional.dropout(x, self.about.get("dropout", 0), self.training)
        return x

    def forward(self, values, numbers):
        v, first = self.rows(values, numbers)
        self.shown = v
        return first + getattr(self, self.about["model"])(v, numbers)

    def fm(self, v, _):
        return 0.5 * (v.sum(1).square() - v.square().sum(1)).sum(1)

    def deep_fm(self, v, _):
        return self.fm(v, _) + self.stack("deep", v.flatten(1)).squeeze(1)

    def dcn(self, v, _):
        x0 = x = v.flatten(1)
        for l in range(self.about["cross_layers"]):
            if self.about["rank"]:
                z = (x @ self.layer(f"cross/{l}/down")) @ self.layer(f"cross/{l}/up")
            else:
                z = x @ self.layer(f"cross/{l}/weights")
            x = x0 * (z + self.layer(f"cross/{l}/bias")) + x
        if self.about["stacked"]:
            return self.stack("deep", x).squeeze(1)
        return x @ self.layer("cross/top") + self.stack("deep", x0).squeeze(1)

    def dlrm(self, v, numbers):
        parts = []
        if numbers.shape[1]:
            bottom = self.stack("bottom", numbers, self.about["bottom_relu"])
            parts, v = [bottom], torch.cat((bottom[:, None], v), dim=1)
        products = torch.bmm(v, v.transpose(1, 2))
        low = torch.tril_indices(v.shape[1], v.shape[1], offset=-1)
        return self.stack("top", torch.cat(parts + [products[:, low[0], low[1]]], dim=1)).squeeze(1)


class Batches:
    def __init__(self, folder, about, dtype):
        load = lambda name: torch.from_numpy(np.load(folder / f"{name}.npy"))
        self.about = about
        self.values = [(load(f"values{t}").long(), load(f"offsets{t}").long()) if pooled else load(f"values{t}").long()
                       for t, pooled in enumerate(about["pooled"])]
        self.labels = load("labels").to(dtype)
        self.numbers = load("numbers").to(dtype) if about["features"] else torch.zeros(len(self.labels), 0, dtype=dtype)
        self.steps = [load(f"batch{s}").long() for s in range(about["steps"])]

    def of(self, which):
        values = []
        for v, pooled in zip(self.values, self.about["pooled"]):
            if pooled:
                lists = [v[0][v[1][i] : v[1][i + 1]] for i in which.tolist()]
                values.append((torch.cat(lists), torch.tensor([0] + [len(l) for l in lists]).cumsum(0)))
            else:
                values.append(v[which])
        return values, self.numbers[which], self.labels[which]


def train_step(model, optimiser, values, numbers, labels, penalty=0.0):
    optimiser.zero_grad(set_to_none=True)
    loss = nn.functional.binary_cross_entropy_with_logits(model(values, numbers), labels)
    if penalty:
        loss = loss + penalty * model.shown.square().sum() / len(labels)
    loss.backward()
    optimiser.step()
    return loss


def check(folder, about):
    dtype = torch.float64 if about["double"] else torch.float32
    model, batches = Clicks(folder, about, dtype), Batches(folder, about, dtype)
    everything = torch.arange(len(batches.labels))
    values, numbers, _ = batches.of(everything)

    def difference(name):
        wanted = np.load(folder / f"{name}.npy").ravel().astype(np.float64)
        with torch.no_grad():
            found = model(values, numbers).double().numpy()
        return float(np.abs(found - wanted).max() / np.abs(wanted).max())

    said = {"before": difference("odds-before")}
    optimiser = torch.optim.Adam(model.parameters(), lr=about["rate"])
    for which in batches.steps:
        train_step(model, optimiser, *batches.of(which))
    said["after"] = difference("odds-after")
    print(json.dumps({"model": about["model"], "steps": about["steps"], **said}))
    return 0 if max(said.values()) <= about["limit"] else 1


def measure(folder, about, rounds):
    model, batches = Clicks(folder, about, torch.float32), Batches(folder, about, torch.float32)
    optimiser = torch.optim.Adam(model.parameters(), lr=about["rate"], **({"foreach": True}))
    ready = [batches.of(which) for which in batches.steps]  # preparing a batch is not timed
    for batch in ready[:2]:
        train_step(model, optimiser, *batch)
    best, cpu = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        for batch in ready:
            train_step(model, optimiser, *batch)
        best.append((time.perf_counter() - start) / len(ready) * 1e3)
        cpu.append((time.process_time() - used) / len(ready) * 1e3)
    print(json.dumps({"model": about["model"], "ms": min(best), "median": float(np.median(best)), "cpu_ms": min(cpu)}))
    return 0


def auc(labels, odds):
    """Of two impressions, one of them clicked, how often that one is in front; ties count half."""
    if not np.isfinite(odds).all():
        raise SystemExit("fit: log odds that are not finite")
    values, inverse, counts = np.unique(odds, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    clicked = labels > 0
    p, n = clicked.sum(), (~clicked).sum()
    return float((ranks[clicked].sum() - p * (p + 1) / 2) / (p * n))


def fit(folder, about, seed):
    if any(about["pooled"]) or about["features"]:
        raise SystemExit("fit: expected single values alone, got pooled fields or features")
    torch.manual_seed(seed)
    rule = json.loads((folder / "fit.json").read_text())
    about = {**about, "steps": 0}
    model = Clicks(folder, about, torch.float32)
    train = Batches(folder, about, torch.float32)
    parts = {name: Batches(folder / name, about, torch.float32) for name in ("validation", "test")}
    optimiser = torch.optim.Adam(model.parameters(), lr=about["rate"])

    def odds_of(batches):
        model.eval()
        with torch.no_grad():
            found = [model(*batches.of(which)[:2]) for which in torch.arange(len(batches.labels)).split(8192)]
        model.train()
        return torch.cat(found)

    def look():
        return auc(parts["validation"].labels.numpy(), odds_of(parts["validation"]).numpy())

    used = time.process_time()
    best, best_step, step, misses, kept = look(), 0, 0, 0, {k: v.clone() for k, v in model.state_dict().items()}
    order = torch.empty(0, dtype=torch.long)
    while step < rule["max_steps"] and misses < rule["patience"]:
        for _ in range(rule["every"]):
            if not len(order):  # the last batch of an epoch is what is left
                order = torch.randperm(len(train.labels))
            which, order = order[: about["batch"]], order[about["batch"] :]
            train_step(model, optimiser, *train.of(which), about["penalty"])
            step += 1
        found = look()
        if found > best:
            best, best_step, misses = found, step, 0
            kept = {k: v.clone() for k, v in model.state_dict().items()}
        else:
            misses += 1
    seconds = time.process_time() - used
    model.load_state_dict(kept)
    odds, labels = odds_of(parts["test"]), parts["test"].labels
    log_loss = float(nn.functional.binary_cross_entropy_with_logits(odds.double(), labels.double()))
    print(json.dumps({"model": about["model"], "best_step": best_step, "steps": step, "validation": best,
                      "auc": auc(labels.numpy(), odds.numpy()), "log_loss": log_loss, "cpu_seconds": seconds}))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("check", "time", "fit"))
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the batches of `fit`")
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    keep_memory()
    about = json.loads((o.folder / "model.json").read_text())
    if o.what != "fit" and about["steps"] == 0:
        raise SystemExit(f"{o.what}: expected what `ciess_click_peers save` wrote, got no batches")
    if o.what == "fit":
        return fit(o.folder, about, o.seed)
    return check(o.folder, about) if o.what == "check" else measure(o.folder, about, o.rounds)


if __name__ == "__main__":
    sys.exit(main())
