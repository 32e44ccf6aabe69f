# SPDX-License-Identifier: MIT
"""What all of these programs share: the data file, the clock, the line of JSON, the allocator."""

import ctypes
import json
import pathlib
import time

import numpy as np
import torch


def keep_memory():
    """Tells glibc to keep what is freed. By default every large tensor is mapped and unmapped anew, at
    the price of its page faults."""
    m_trim_threshold, m_mmap_max = -1, -4
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(m_mmap_max, 0)
        libc.mallopt(m_trim_threshold, 2**31 - 1)


class Lists:
    """Pairs as compressed lists: the items of each user, ascending, `items[offsets[u]:offsets[u+1]]`."""

    def __init__(self, users, items, pairs):
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        self.users, self.items, self.size = users, items, len(pairs)
        self.user = pairs[order, 0].astype(np.int64)
        self.item = pairs[order, 1].astype(np.int64)
        self.counts = np.bincount(self.user, minlength=users)
        self.offsets = np.concatenate(([0], np.cumsum(self.counts)))

    def transposed(self):
        return Lists(self.items, self.users, np.stack((self.item, self.user), axis=1))


def load_data(path):
    """-> training pairs, held-out pairs: what `ciess_peers prepare` wrote. 32-bit integers: users,
    items, number of training pairs, number of held-out pairs, then the pairs."""
    numbers = np.fromfile(path, dtype=np.int32)
    if len(numbers) < 4 or len(numbers) != 4 + 2 * (int(numbers[2]) + int(numbers[3])):
        raise SystemExit(f"{path}: is not a file of `ciess_peers prepare`")
    users, items, train, held_out = (int(n) for n in numbers[:4])
    pairs = numbers[4:].reshape(-1, 2)
    return Lists(users, items, pairs[:train]), Lists(users, items, pairs[train : train + held_out])


def load_table(folder, name):
    return torch.from_numpy(np.load(pathlib.Path(folder) / f"{name}.npy"))


def load_line(folder):
    """What `ciess_peers` printed when it saved."""
    return json.loads((pathlib.Path(folder) / "ours.json").read_text())


def measure(rounds, work):
    """-> milliseconds of each round."""
    ms = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        ms.append(1e3 * (time.perf_counter() - started))
    return ms


def report(**values):
    print(json.dumps(values), flush=True)
