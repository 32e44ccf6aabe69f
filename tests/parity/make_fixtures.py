#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the fixtures of the parity test: ten training steps of every model, by PyTorch in double.

This is the second opinion on the mathematics: models are written down forwards, as in the papers,
from the specification and not from the C++ code; gradients come from PyTorch's differentiation,
updates from torch.optim.Adam. `parity_test.cpp` starts from the same weights, graph and triples and
must arrive at the same numbers.

    python3 tests/parity/make_fixtures.py              # writes {mf,lightgcn,ngcf,neumf}.txt beside itself
    python3 tests/parity/make_fixtures.py --check      # makes them anew and compares: 1e-12 relative
    python3 tests/parity/make_fixtures.py --self-test  # gradients against central differences, Adam
                                                       # against its formula, effect of rounding

The committed files were made on Debian 12 with its Python 3.11.2, NumPy 1.24.2 and PyTorch 1.13.1
(which calls itself 1.13.0a0):
apt-get install --no-install-recommends python3-numpy python3-torch

Format: lines of text, `#` begins a comment line; numbers are integers, or doubles with the fewest
digits that read back exactly.
    value NAME X                    one number
    interactions N                  N lines `user item` follow, ascending
    triples STEP N                  N lines `user positive negative` follow
    array NAME ROWS COLUMNS         ROWS lines of COLUMNS numbers follow
Names: `setting/...` what the run was made with; CASE/loss/STEP the loss of a batch before its update;
CASE/size/TABLE the sizes of a table's rows; CASE/initial/P, CASE/gradient/P (of the first batch),
CASE/final/P for every parameter array P; CASE/final/scores [users, items] after the last step.
CASE is `full` (all rows at full size) or `masked` (row r keeps its first 1 + r % 6 numbers).
"""

import argparse
import pathlib
import sys

import numpy as np
import torch
from torch.nn.functional import leaky_relu, logsigmoid, normalize, relu

FOLDER = pathlib.Path(__file__).resolve().parent
USERS, ITEMS, D_MAX = 12, 9, 6
LONELY_USER, LONELY_ITEM = 7, 4  # without interactions; not the last, so that shifted rows show
PAIRS, STEPS, BATCH = 45, 10, 24
PENALTY = 1e-2  # larger than anyone's default, so that a wrong one shows
RATE = {"first": 0.03, "factor": 0.9, "every": 4, "least": 1e-3}
LAYERS, WIDTH, SLOPE = 2, 5, 0.2  # of NGCF; a width that is not d_max
LIGHTGCN_LAYERS = 3


# ---- Graph and triples ----


def draw_pairs(random):
    """[PAIRS, 2], ascending; everybody but the lonely two has at least one pair, nobody all."""
    possible = [(u, i) for u in range(USERS) for i in range(ITEMS)
                if u != LONELY_USER and i != LONELY_ITEM]
    chosen = random.choice(len(possible), PAIRS, replace=False)
    pairs = np.array(sorted(possible[c] for c in chosen))
    assert len(set(pairs[:, 0])) == USERS - 1 and len(set(pairs[:, 1])) == ITEMS - 1
    return pairs


def draw_triples(random, pairs):
    """[STEPS, BATCH, 3]: a user, an item of the user, an item that is not."""
    active = sorted(set(pairs[:, 0]))
    triples = np.empty((STEPS, BATCH, 3), dtype=np.int64)
    for triple in triples.reshape(-1, 3):
        user = random.choice(active)
        liked = pairs[pairs[:, 0] == user, 1]
        others = np.setdiff1d(np.arange(ITEMS), liked)
        triple[:] = user, random.choice(liked), random.choice(others)
    return triples


def bipartite(pairs):
    """Adjacency matrix [0 R; R^T 0] of users and items."""
    adjacency = np.zeros((USERS + ITEMS, USERS + ITEMS))
    for u, i in pairs:
        adjacency[u, USERS + i] = adjacency[USERS + i, u] = 1
    return adjacency


# ---- Models ----
# weights, graph -> score(users, items), and the user and item rows [n, .] that the penalty is on


def inner_product(users, items):
    return lambda u, i: (users[u] * items[i]).sum(dim=1)


def mf(w, _):
    return inner_product(w["users"], w["items"]), w["users"], w["items"]


def lightgcn(w, adjacency):
    """A = D^-1/2 [0 R; R^T 0] D^-1/2, zero for rows without neighbours; mean of the layers."""
    degree = adjacency.sum(axis=1)
    root = np.divide(1, np.sqrt(degree), where=degree > 0, out=np.zeros_like(degree))
    a = torch.tensor(root[:, None] * adjacency * root[None, :])
    layers = [torch.cat([w["users"], w["items"]])]
    for _ in range(LIGHTGCN_LAYERS):
        layers.append(a @ layers[-1])
    mean = torch.stack(layers).mean(dim=0)
    return inner_product(mean[:USERS], mean[USERS:]), w["users"], w["items"]


def ngcf(w, adjacency):
    """A = D^-1 (adjacency + I); what is passed on is not normalised, what is concatenated is."""
    with_self = adjacency + np.eye(len(adjacency))
    a = torch.tensor(with_self / with_self.sum(axis=1, keepdims=True))
    e = torch.cat([w["users"], w["items"]])
    parts = [e]
    for k in range(LAYERS):
        w1, b1, w2, b2 = (w[f"layer{k}.{name}"] for name in ("W1", "b1", "W2", "b2"))
        side = a @ e
        e = leaky_relu(side @ w1 + b1 + (e * side) @ w2 + b2, SLOPE)
        parts.append(normalize(e, dim=1, eps=1e-12))
    final = torch.cat(parts, dim=1)
    users, items = final[:USERS], final[USERS:]
    return inner_product(users, items), users, items


def neumf(w, _):
    def score(u, i):
        both = torch.cat([w["users_mlp"][u], w["items_mlp"][i]], dim=1)
        hidden = relu(both @ torch.cat([w["Wu"], w["Wi"]]) + w["b"])  # Linear(2 d, d)
        product = w["users_gmf"][u] * w["items_gmf"][i]
        output = torch.cat([w["w_mlp"], w["w_gmf"]], dim=1)  # Linear(2 d, 1)
        return (torch.cat([hidden, product], dim=1) @ output.T + w["c"]).squeeze(dim=1)

    return (score, torch.cat([w["users_mlp"], w["users_gmf"]], dim=1),
            torch.cat([w["items_mlp"], w["items_gmf"]], dim=1))


def tables_of(*kinds):
    return {kind: (USERS if kind.startswith("users") else ITEMS, D_MAX) for kind in kinds}


def ngcf_layers():
    shapes = {}
    for k in range(LAYERS):
        width = D_MAX if k == 0 else WIDTH
        shapes |= {f"layer{k}.W1": (width, WIDTH), f"layer{k}.W2": (width, WIDTH),
                   f"layer{k}.b1": (1, WIDTH), f"layer{k}.b2": (1, WIDTH)}
    return shapes


# name: forward, shapes of tables, shapes of the other parameters (biases: names in `b`, and c)
MODELS = {
    "mf": (mf, tables_of("users", "items"), {}),
    "lightgcn": (lightgcn, tables_of("users", "items"), {}),
    "ngcf": (ngcf, tables_of("users", "items"), ngcf_layers()),
    "neumf": (neumf, tables_of("users_mlp", "items_mlp", "users_gmf", "items_gmf"),
              {"Wu": (D_MAX, D_MAX), "Wi": (D_MAX, D_MAX), "b": (1, D_MAX),
               "w_mlp": (1, D_MAX), "w_gmf": (1, D_MAX), "c": (1, 1)}),
}


def is_bias(name):
    return name.split(".")[-1] in ("b", "b1", "b2", "c")


# ---- Training ----


def sizes_of(case, rows):
    return np.array([D_MAX if case == "full" else 1 + r % D_MAX for r in range(rows)])


class Run:
    """One model in one case: graph, triples, masks and initial weights."""

    def __init__(self, model, case):
        self.forward, self.tables, others = MODELS[model]
        # Drawn from the same seed each time: the graph and the triples are the same for all.
        # RandomState, since NumPy keeps its sequence the same for ever.
        random = np.random.RandomState(2304)
        self.pairs = draw_pairs(random)
        self.triples = draw_triples(random, self.pairs)
        self.adjacency = bipartite(self.pairs)
        self.sizes = {name: sizes_of(case, rows) for name, (rows, _) in self.tables.items()}
        self.masks = {name: torch.tensor(np.arange(D_MAX) < s[:, None], dtype=torch.float64)
                      for name, s in self.sizes.items()}
        self.initial = {
            name: torch.tensor(random.normal(0, 0.1 if is_bias(name) else 0.3, shape))
            for name, shape in (self.tables | others).items()}
        for name, mask in self.masks.items():
            self.initial[name] *= mask

    def encode(self, weights):
        masked = {name: w * self.masks[name] if name in self.masks else w
                  for name, w in weights.items()}
        return self.forward(masked, self.adjacency)

    def loss(self, weights, step):
        """mean -log sigmoid(s(u, p) - s(u, n)) + penalty * squared lengths / batch."""
        score, users, items = self.encode(weights)
        u, p, n = self.triples[step].T
        squares = sum((rows ** 2).sum() for rows in (users[u], items[p], items[n]))
        return -logsigmoid(score(u, p) - score(u, n)).mean() + PENALTY * squares / BATCH

    def scores(self, weights):
        score, _, _ = self.encode(weights)
        u, i = np.divmod(np.arange(USERS * ITEMS), ITEMS)
        return score(u, i).reshape(USERS, ITEMS)

    def gradient(self, weights, step):
        """-> loss, {name: gradient}"""
        leaves = {name: w.clone().requires_grad_() for name, w in weights.items()}
        loss = self.loss(leaves, step)
        return loss.item(), dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values()))))

    def train(self, initial, optimiser):
        """-> losses, final weights"""
        weights = {name: w.clone() for name, w in initial.items()}
        update = optimiser(list(weights.values()))
        losses = []
        for step in range(STEPS):
            loss, gradient = self.gradient(weights, step)
            losses.append(loss)
            update(list(gradient.values()), rate_of(step))
        return losses, weights


def rate_of(step):
    return max(RATE["least"], RATE["first"] * RATE["factor"] ** (step // RATE["every"]))


def torch_adam(weights):
    """weights -> update(gradients, rate)"""
    adam = torch.optim.Adam(weights, betas=(0.9, 0.999), eps=1e-8)

    def update(gradients, rate):
        adam.param_groups[0]["lr"] = rate
        for weight, gradient in zip(weights, gradients):
            weight.grad = gradient
        adam.step()

    return update


# ---- Files ----


def text_of(model):
    out = [f"# Generated by tests/parity/make_fixtures.py, which explains the format; PyTorch "
           f"{torch.__version__}, NumPy {np.__version__}."]

    def exact(x):  # the fewest digits that read back as the same double
        return repr(float(x)).removesuffix(".0")

    def value(name, x):
        out.append(f"value {name} {exact(x)}")

    def rows(heading, numbers):
        out.append(heading)
        out.extend(" ".join(str(x) for x in row) for row in numbers)

    def array(name, numbers):
        numbers = np.asarray(numbers) + 0.0  # no -0
        rows(f"array {name} {numbers.shape[0]} {numbers.shape[1]}",
             [[exact(x) for x in row] for row in numbers])

    settings = {"users": USERS, "items": ITEMS, "d_max": D_MAX, "batch": BATCH, "steps": STEPS,
                "penalty": PENALTY} | {f"rate.{name}": x for name, x in RATE.items()}
    if model == "ngcf":
        settings |= {"layers": LAYERS, "width": WIDTH}
    if model == "lightgcn":
        settings |= {"layers": LIGHTGCN_LAYERS}
    for name, x in settings.items():
        value(f"setting/{name}", x)
    data = Run(model, "full")
    rows(f"interactions {PAIRS}", data.pairs)
    for step, triples in enumerate(data.triples):
        rows(f"triples {step} {BATCH}", triples)

    for case in ("full", "masked"):
        run = Run(model, case)
        _, gradient = run.gradient(run.initial, step=0)
        losses, final = run.train(run.initial, torch_adam)
        for name, s in run.sizes.items():
            array(f"{case}/size/{name}", s[:, None])
        for step, loss in enumerate(losses):
            value(f"{case}/loss/{step}", loss)
        for when, arrays in (("initial", run.initial), ("gradient", gradient), ("final", final)):
            for name, numbers in arrays.items():
                array(f"{case}/{when}/{name}", numbers)
        array(f"{case}/final/scores", run.scores(final))
    return "\n".join(out) + "\n"


def check(model):
    """Compares word by word: words that are numbers to 1e-12, others exactly."""
    path = FOLDER / f"{model}.txt"
    old, new = ([line.split() for line in text.splitlines() if not line.startswith("#")]
                for text in (path.read_text(), text_of(model)))
    if [len(line) for line in old] != [len(line) for line in new]:
        sys.exit(f"{path}: other lines than would be made now")
    for line, (a, b) in enumerate(zip(old, new), start=2):
        for x, y in zip(a, b):
            if x != y and not np.isclose(float(x), float(y), rtol=1e-12, atol=1e-15):
                sys.exit(f"{path}:{line}: there is {x}, made now is {y}")
    print(f"{path.name}: as made now")


# ---- Self-test ----


def adam_by_formula(weights):
    """m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), on all numbers in every step."""
    first, second = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    t = 0

    def update(gradients, rate):
        nonlocal t
        t += 1
        for w, g, m, v in zip(weights, gradients, first, second):
            m[:] = 0.9 * m + 0.1 * g
            v[:] = 0.999 * v + 0.001 * g ** 2
            w -= rate * (m / (1 - 0.9 ** t)) / (torch.sqrt(v / (1 - 0.999 ** t)) + 1e-8)

    return update


def largest_difference(a, b):
    return max((a[name] - b[name]).abs().max().item() for name in a)


def self_test(model, case, h=1e-6):
    run = Run(model, case)
    _, gradient = run.gradient(run.initial, step=0)
    differences = {name: torch.zeros_like(w) for name, w in run.initial.items()}
    for name, w in run.initial.items():
        for k in range(w.numel()):
            losses = []
            for shift in (h, -h):
                moved = w.clone()
                moved.view(-1)[k] += shift
                losses.append(run.loss(run.initial | {name: moved}, step=0).item())
            differences[name].view(-1)[k] = (losses[0] - losses[1]) / (2 * h)
    derivative = largest_difference(gradient, differences)

    _, final = run.train(run.initial, torch_adam)
    _, by_formula = run.train(run.initial, adam_by_formula)
    adam = largest_difference(final, by_formula)

    # How much of a difference in rounding Adam makes visible: a step of its first updates has the
    # length of the rate, however small the gradient is.
    noise = np.random.RandomState(1)
    moved = {name: w * torch.tensor(1 + 1e-15 * noise.uniform(-1, 1, w.shape))
             for name, w in run.initial.items()}
    _, final_moved = run.train(moved, torch_adam)
    rounding = largest_difference(final, final_moved)

    past = max((final[name] * (1 - mask)).abs().max().item() for name, mask in run.masks.items())
    step = largest_difference(final, run.initial)
    print(f"{model} {case}: gradient {derivative:.1e}, Adam {adam:.1e}, rounding {rounding:.1e}; "
          f"weights moved by up to {step:.2f}")
    assert derivative < 1e-9 and adam < 1e-12 and rounding < 1e-11 and past == 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = arguments.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="compare with the committed files")
    mode.add_argument("--self-test", action="store_true", help="check this program itself")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    for model in MODELS:
        if chosen.check:
            check(model)
        elif chosen.self_test:
            for case in ("full", "masked"):
                self_test(model, case)
        else:
            (FOLDER / f"{model}.txt").write_text(text_of(model))


if __name__ == "__main__":
    main()
