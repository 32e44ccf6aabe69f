# SPDX-License-Identifier: MIT
"""Full ranking with Recall and NDCG, as well as PyTorch can do it."""

import numpy as np
import torch


class Careful:
    """Blocks of users whose scores stay in cache: a product, training items set to -inf, the best k.

    The k best of n scores by one `topk` take longer than the product that made them, so it runs twice on
    little: the scores are folded into groups, and the k best scores lie in the k groups with the best
    maxima. What has been held out is found in a sorted list of pairs.
    """

    block, group = 256, 32

    def __init__(self, users, items, train, held_out, cutoffs):
        torch.set_grad_enabled(False)
        self.cutoffs, self.k, self.count = cutoffs, max(cutoffs), train.items
        self.who = torch.from_numpy(np.flatnonzero(held_out.counts))
        self.vectors = users[self.who]
        self.groups = -(-train.items // self.group)
        self.two_steps = self.groups > 4 * self.k
        self.padded = self.groups * self.group if self.two_steps else train.items
        self.items = torch.zeros(self.padded, items.shape[1])
        self.items[: train.items] = items
        self.items = self.items.t()
        self.scores = torch.empty(self.block, self.padded)
        self.seen = []  # of each block: positions in it of training items and of the padding
        padding = torch.arange(train.items, self.padded)
        for first in range(0, len(self.who), self.block):
            rows = self.who[first : first + self.block].numpy()
            lists = [train.item[train.offsets[u] : train.offsets[u + 1]] + r * self.padded for r, u in enumerate(rows)]
            tails = (torch.arange(len(rows))[:, None] * self.padded + padding).view(-1)
            self.seen.append(torch.cat((torch.from_numpy(np.concatenate(lists)), tails)))
        self.liked = torch.from_numpy(held_out.user * train.items + held_out.item)
        self.wanted = torch.from_numpy(held_out.counts)[self.who]
        self.gain = 1 / torch.log2(torch.arange(2, self.k + 2, dtype=torch.float64))
        self.ideal = torch.cat((torch.zeros(1, dtype=torch.float64), self.gain.cumsum(0)))

    def best(self, scores):
        """-> the k best columns of each row, the best first."""
        if not self.two_steps:
            return scores.topk(self.k, dim=1).indices
        rows = len(scores)
        grouped = scores.view(rows, self.group, self.groups)  # a group: every groups-th column
        maxima = grouped.amax(dim=1)
        chosen = maxima.topk(self.k, dim=1, sorted=False).indices
        columns = (torch.arange(self.group)[:, None] * self.groups + chosen[:, None, :]).view(rows, -1)
        found = scores.gather(1, columns).topk(self.k, dim=1).indices
        return columns.gather(1, found)

    def __call__(self):
        """-> Recall and NDCG at the cutoffs, means over the users with something held out."""
        top = torch.empty(len(self.who), self.k, dtype=torch.int64)
        for n, seen in enumerate(self.seen):
            rows = slice(n * self.block, (n + 1) * self.block)
            scores = self.scores[: len(self.vectors[rows])]
            torch.mm(self.vectors[rows], self.items, out=scores)
            scores.view(-1).index_fill_(0, seen, -torch.inf)
            top[rows] = self.best(scores)
        keys = self.who[:, None] * self.count + top
        at = torch.searchsorted(self.liked, keys).clamp_(max=len(self.liked) - 1)
        hits = (self.liked[at] == keys).double()
        recall, ndcg = [], []
        for k in self.cutoffs:
            recall.append((hits[:, :k].sum(dim=1) / self.wanted).mean().item())
            ideal = self.ideal[self.wanted.clamp(max=k)]
            ndcg.append((hits[:, :k] @ self.gain[:k] / ideal).mean().item())
        return recall, ndcg
