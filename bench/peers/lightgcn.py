# SPDX-License-Identifier: MIT
"""One training step of LightGCN, twice: as it is usually written, and as well as PyTorch can do it.

Both have the same members: `sample()` -> users, positives, negatives; `step(triples)` -> loss before the
update; afterwards `gradient()` and `table()`, [users + items, columns]. Loss: mean softplus(worse - better)
+ penalty * (|e_u|^2 + |e_i|^2 + |e_j|^2) / batch on the rows before propagation; Adam.
"""

import random

import numpy as np
import torch
from torch.nn.functional import softplus

LAYERS, BATCH, PENALTY, RATE, DEVIATION = 3, 10_000, 1e-4, 0.03, 0.01


class Reference:
    """The plain way: lists and sets of Python for the batch, a sparse matrix, a dense mask,
    autograd."""

    def __init__(self, train, columns, d=128, table=None):
        self.train = train
        self.items_of = [train.item[a:b].tolist() for a, b in zip(train.offsets, train.offsets[1:])]
        self.seen = [set(items) for items in self.items_of]
        self.active = [u for u in range(train.users) if 0 < len(self.items_of[u]) < train.items]
        rows = train.users + train.items
        table = torch.randn(rows, d) * DEVIATION if table is None else table.clone()
        self.weight = torch.nn.Parameter(table)
        self.mask = None if columns == d else (torch.arange(d) < columns).float().expand(rows, d)
        degree = np.maximum(np.concatenate((train.counts, np.bincount(train.item, minlength=train.items))), 1)
        a = torch.from_numpy(np.concatenate((train.user, train.item + train.users)))
        b = torch.from_numpy(np.concatenate((train.item + train.users, train.user)))
        scale = torch.from_numpy(degree**-0.5).float()
        self.graph = torch.sparse_coo_tensor(torch.stack((a, b)), scale[a] * scale[b], (rows, rows)).coalesce()
        self.optimizer = torch.optim.Adam([self.weight], lr=RATE)

    def sample(self):
        few = len(self.active) < BATCH
        users = random.choices(self.active, k=BATCH) if few else random.sample(self.active, BATCH)
        positives, negatives = [], []
        for u in users:
            positives.append(self.items_of[u][np.random.randint(len(self.items_of[u]))])
            while True:
                item = np.random.randint(self.train.items)
                if item not in self.seen[u]:
                    negatives.append(item)
                    break
        return torch.tensor(users), torch.tensor(positives), torch.tensor(negatives)

    def masked(self):
        return self.weight if self.mask is None else self.weight * self.mask

    def step(self, triples):
        users, positives, negatives = triples
        positives, negatives = positives + self.train.users, negatives + self.train.users
        ego = self.masked()
        layers = [ego]
        for _ in range(LAYERS):
            layers.append(torch.sparse.mm(self.graph, layers[-1]))
        out = torch.stack(layers, dim=1).mean(dim=1)
        better = (out[users] * out[positives]).sum(dim=1)
        worse = (out[users] * out[negatives]).sum(dim=1)
        lengths = ego[users].square().sum() + ego[positives].square().sum() + ego[negatives].square().sum()
        loss = softplus(worse - better).mean() + PENALTY * lengths / len(users)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def gradient(self):
        return self.weight.grad

    def table(self):
        return self.masked().detach()


class Careful:
    """As well as PyTorch can do it, found by measuring:

    - P = (I + A + A^2 + A^3) / 4 by Horner's rule; it is symmetric, so the gradient is one more
      application and autograd is not needed at all
    - in y = D^-1/2 e the edges have no weights; `embedding_bag`, whose kernel sums rows by code made for
      the processor, is then the product with the 0/1 graph: both ways round in less time than one by
      a sparse CSR tensor takes
    - columns are padded with zeros to whole cache lines; padding takes no gradient
    - equal sizes need no mask but a table with fewer columns
    - the batch is drawn by whole vectors; seen items are found in a sorted list of pairs
    - Adam in six passes over one piece of the table after the other, in memory that is there already
    Tables of 64 or 32 columns one after the other, and rows in an order that evens out the threads, were
    tried and gain less than a tenth.
    """

    def __init__(self, train, columns, d=128, table=None):
        torch.set_grad_enabled(False)
        self.train, self.columns = train, columns
        rows, width = train.users + train.items, -(-columns // 16) * 16
        self.weight = torch.zeros(rows, width)
        self.weight[:, :columns] = torch.randn(rows, columns) * DEVIATION if table is None else table[:, :columns]
        self.user_weight, self.item_weight = self.weight[: train.users], self.weight[train.users :]
        items = train.transposed()
        self.bags = [(torch.from_numpy(side.item).int(), torch.from_numpy(side.offsets).int())
                     for side in (train, items)]
        degree = torch.from_numpy(np.maximum(np.concatenate((train.counts, items.counts)), 1)).float()[:, None]
        self.down, self.square = degree.rsqrt(), 1 / degree
        self.up = degree.sqrt() / (LAYERS + 1)
        self.base, self.out, self.grad = (torch.zeros_like(self.weight) for _ in range(3))
        self.m, self.v = torch.zeros_like(self.weight), torch.zeros_like(self.weight)
        piece = max(1, 2**18 // width)
        self.pieces = [tuple(t[r : r + piece] for t in (self.weight, self.grad, self.m, self.v))
                       for r in range(0, rows, piece)]
        self.root = torch.empty(piece, width)
        self.steps = 0
        counts = torch.from_numpy(train.counts)
        self.item, self.offsets, self.counts = torch.from_numpy(train.item), torch.from_numpy(train.offsets), counts
        self.active = torch.nonzero((counts > 0) & (counts < train.items)).squeeze(1)
        self.pairs = torch.from_numpy(train.user * train.items + train.item)

    def propagate(self, table, out):
        """out = P table; may be the same memory."""
        users = self.train.users
        torch.mul(table, self.down, out=self.base)
        y = self.base
        for layer in range(LAYERS):
            last = layer == LAYERS - 1
            halves = [torch.embedding_bag(source, *bag, False, 0, False, None, True)[0]
                      for source, bag in zip((y[users:], y[:users]), self.bags)]
            for t, half in zip((slice(None, users), slice(users, None)), halves):
                torch.addcmul(self.base[t], half, self.square[t], out=out[t])
            y = out
            if last:
                out.mul_(self.up)
        return out

    def sample(self):
        few = len(self.active) < BATCH
        chosen = torch.randint(len(self.active), (BATCH,)) if few else torch.randperm(len(self.active))[:BATCH]
        users = self.active[chosen]
        share = (torch.rand(BATCH, dtype=torch.float64) * self.counts[users]).long()
        positives = self.item[self.offsets[users] + share]
        negatives = torch.randint(self.train.items, (BATCH,))
        open_rows = torch.arange(BATCH)
        while len(open_rows) > 0:
            keys = users[open_rows] * self.train.items + negatives[open_rows]
            at = torch.searchsorted(self.pairs, keys).clamp_(max=len(self.pairs) - 1)
            open_rows = open_rows[self.pairs[at] == keys]
            negatives[open_rows] = torch.randint(self.train.items, (len(open_rows),))
        return users, positives, negatives

    def step(self, triples):
        users, positives, negatives = triples
        batch = len(users)
        named = torch.cat((users, positives + self.train.users, negatives + self.train.users))
        out = self.propagate(self.weight, self.out)
        vectors = out.index_select(0, named).view(3, batch, -1)
        user, difference = vectors[0], vectors[1] - vectors[2]
        margin = (user * difference).sum(dim=1)
        count = torch.bincount(named, minlength=len(out)).float()[:, None]
        lengths = (count * torch.linalg.vector_norm(self.weight, dim=1, keepdim=True).square_()).sum()
        loss = softplus(-margin).mean() + PENALTY * lengths / batch
        slope = torch.sigmoid(-margin).neg_().div_(batch)[:, None]
        torch.mul(user, slope, out=vectors[1])
        torch.mul(difference, slope, out=vectors[0])
        torch.neg(vectors[1], out=vectors[2])
        self.grad.zero_().index_add_(0, named, vectors.view(3 * batch, -1))
        self.propagate(self.grad, self.grad)
        self.grad.addcmul_(self.weight, count, value=2 * PENALTY / batch)
        self.adam()
        return loss.item()

    def adam(self, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.steps += 1
        correct1, correct2 = 1 - beta1**self.steps, (1 - beta2**self.steps) ** 0.5
        for weight, grad, m, v in self.pieces:
            root = self.root[: len(v)]
            m.lerp_(grad, 1 - beta1)
            v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            torch.sqrt(v, out=root).add_(epsilon * correct2)
            weight.addcdiv_(m, root, value=-RATE * correct2 / correct1)

    def gradient(self):
        return self.grad[:, : self.columns]

    def table(self):
        return self.weight[:, : self.columns]
