# SPDX-License-Identifier: MIT
"""A BPR step of matrix factorisation by PyTorch's SparseAdam and sparse embeddings, against rows: beside
`ciess_growth --steps`.

    sparse_adam.py [ROWS ...]

Prints rows, milliseconds, and milliseconds that the cores worked: medians of 11 steps. Batches are drawn before the
clock starts.
"""
import statistics
import sys
import time

import torch

COLUMNS, BATCH, ROUNDS = 64, 10_000, 11


def measure(rows):
    tables = [torch.nn.Embedding(rows, COLUMNS, sparse=True) for _ in range(2)]
    for table in tables:
        torch.nn.init.normal_(table.weight, std=0.01)
    optimiser = torch.optim.SparseAdam([table.weight for table in tables], lr=0.03)
    wall, core = [], []
    for _ in range(ROUNDS + 2):
        users = torch.randperm(rows)[:BATCH]
        # As ciess_growth's pairs: few items are popular.
        positives = (rows * torch.rand(BATCH) ** 3).long()
        negatives = torch.randint(rows, (BATCH,))
        start, worked = time.perf_counter(), time.process_time()
        u, p, n = tables[0](users), tables[1](positives), tables[1](negatives)
        loss = torch.nn.functional.softplus(-(u * (p - n)).sum(1)).mean()
        loss = loss + 1e-4 * (u.square().sum() + p.square().sum() + n.square().sum()) / BATCH
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        wall.append(1e3 * (time.perf_counter() - start))
        core.append(1e3 * (time.process_time() - worked))
    print(rows, *(f"{statistics.median(times[2:]):.1f}" for times in (wall, core)), sep="\t", flush=True)


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    for count in map(int, sys.argv[1:] or ["10000", "100000", "1000000"]):
        measure(count)
