#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PyTorch's side of the comparison: the same works and options as ciess_peers, one line of JSON each.

    theirs.py lightgcn --way reference|careful --data FILE [--removed 0.9] [--rounds 10] [--threads 2]
    theirs.py rank     --data FILE --vectors FOLDER [--cutoffs 5 10 20]
    theirs.py choose   --way reference|careful [--rows 6040]
    theirs.py td3      --way reference|careful [--rows 6040]
    ... --check FOLDER   starts from what `ciess_peers ... --save FOLDER` wrote, and ends with status 1
                         unless it arrives at the same numbers

`reference`: the plain way, as such programs are usually written. `careful`: the best PyTorch we could
write.
"""

import argparse
import sys

import numpy as np
import torch

import agent
import common
import lightgcn
import ranking


def rest(a, b):
    """How far a is from b, relative to b."""
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


class Check:
    """Collects differences, each with its limit: what rounding explains, and for means chance."""

    def __init__(self):
        self.found = {}
        self.failed = []

    def __call__(self, name, difference, limit):
        self.found[name] = {"difference": difference, "limit": limit}
        if not difference <= limit:
            self.failed.append(f"{name}: differs by {difference:.3g}, allowed {limit:.3g}")


def both(folder, name):
    return torch.cat([common.load_table(folder, f"{name}-{side}") for side in ("users", "items")])


def run_lightgcn(options):
    train, _ = common.load_data(options.data)
    columns = max(1, int((1 - options.removed) * 128 + 1e-9))
    make = {"reference": lightgcn.Reference, "careful": lightgcn.Careful}[options.way]
    if options.check:
        first = both(options.check, "first")
        model = make(train, columns, table=first)
        triples = tuple(common.load_table(options.check, "triples").long().t().contiguous())
        check = Check()
        for step, expected in enumerate(common.load_line(options.check)["losses"]):
            loss = model.step(triples)
            check(f"loss of step {step}", abs(loss - expected) / expected, 1e-5)
            if step == 0:
                check("gradient", rest(model.gradient()[:, :columns], both(options.check, "gradient")), 1e-4)
        # Adam divides a gradient by its own size, so rounding decides where a gradient is next to nothing.
        moved = both(options.check, "last")[:, :columns] - first[:, :columns]
        check("change of the table", rest(model.table()[:, :columns] - first[:, :columns], moved), 1e-2)
        return check
    model = make(train, columns)
    losses = []
    work = lambda: losses.append(model.step(model.sample()))
    for _ in range(3):
        work()
    return {"ms": common.measure(options.rounds, work), "loss": losses[-1], "columns": columns}


def run_rank(options):
    train, held_out = common.load_data(options.data)
    users, items = (common.load_table(options.vectors, side) for side in ("users", "items"))
    work = ranking.Careful(users, items, train, held_out, sorted(options.cutoffs))
    recall, ndcg = work()
    return {"ms": common.measure(options.rounds, work), "recall": recall, "ndcg": ndcg}


def load_nets(folder):
    actor, critics = agent.actor_network(0.5), [agent.network(agent.STATE + 1) for _ in range(2)]
    agent.set_numbers(actor, common.load_table(folder, "first-actor.net"))
    for k, critic in enumerate(critics):
        agent.set_numbers(critic, common.load_table(folder, f"first-critic{k}.net"))
    return actor, critics


def run_choose(options):
    make = {"reference": agent.ReferenceChooser, "careful": agent.CarefulChooser}[options.way]
    if options.check:
        actor, critics = load_nets(options.check)
        states, proposals, values = (common.load_table(options.check, name)
                                     for name in ("states", "proposals", "values"))
    else:
        actor, critics = agent.actor_network(0.5), [agent.network(agent.STATE + 1)]
        states = torch.rand(options.rows, agent.STATE) * 2 - 1
    chooser = make(actor, critics[0])
    if options.check:
        check = Check()
        check("proposals", (chooser.propose(states) - proposals[:, 0]).abs().max().item(), 1e-3)
        found = chooser.value(states, proposals[:, 0].contiguous())
        check("values", (found - values[:, 0]).abs().max().item(), 1e-4)
        # The draws are others, so means must agree as means of so many rows do: within five errors.
        sizes = chooser(states)
        ours, moved = common.load_line(options.check), sizes - proposals[:, 0]
        for name, mean, spread in (("size", sizes.mean(), moved.std()), ("moved", moved.abs().mean(), moved.abs().std())):
            error = spread.item() * (2 / len(sizes)) ** 0.5
            check(f"mean of {name}", abs(mean.item() - ours[name]), 5 * error)
        return check
    rows = states[: min(len(states), 1000)]
    chooser(rows)
    ms = common.measure(options.rounds, lambda: chooser(states))
    return {"ms": ms}


def run_td3(options):
    make = {"reference": agent.ReferenceAgent, "careful": agent.CarefulAgent}[options.way]
    if options.check:
        state, following = (common.load_table(options.check, name) for name in ("state", "next"))
        replay = (state, agent.to_action(torch.tensor([[30.0]])), torch.tensor([0.5]), following)
        learner = make(replay, load_nets(options.check), target_noise=0)
        check = Check()
        first = {name: numbers.clone() for name, numbers in learner.numbers().items()}
        for step, expected in enumerate(common.load_line(options.check)["losses"]):
            check(f"loss of update {step}", abs(learner.update() - expected) / expected, 1e-2)
        for name, numbers in learner.numbers().items():
            last = common.load_table(options.check, f"last-{name}").view(-1)
            check(name, rest(numbers - first[name], last - first[name]), 2e-2)
        return check
    n = 100 * options.rows
    state, action, following = (torch.rand(n, width) * 2 - 1 for width in (agent.STATE, 1, agent.STATE))
    learner = make((state, action, state[:, 0] - action[:, 0].square(), following))
    losses = []

    def two_updates():  # one with the actor, one without
        losses.append(learner.update())
        learner.update()

    two_updates()
    ms = [each / 2 for each in common.measure(options.rounds, two_updates)]
    return {"ms": ms, "loss": losses[-1]}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    works = parser.add_subparsers(dest="work", required=True)
    for name, run in (("lightgcn", run_lightgcn), ("rank", run_rank), ("choose", run_choose), ("td3", run_td3)):
        work = works.add_parser(name)
        work.set_defaults(run=run, check=None, way="careful")
        work.add_argument("--rounds", type=int, default=10)
        work.add_argument("--threads", type=int, default=2)
        work.add_argument("--seed", type=int, default=1)
        if name != "rank":
            work.add_argument("--way", choices=("reference", "careful"), default="careful")
            work.add_argument("--check", metavar="FOLDER")
        if name in ("lightgcn", "rank"):
            work.add_argument("--data", required=True)
        if name in ("choose", "td3"):
            work.add_argument("--rows", type=int, default=6040)
    works.choices["lightgcn"].add_argument("--removed", type=float, default=0.0)
    works.choices["rank"].add_argument("--vectors", required=True)
    works.choices["rank"].add_argument("--cutoffs", type=int, nargs="+", default=[5, 10, 20])
    return parser.parse_args()


def main():
    options = parse()
    if options.way == "careful":
        common.keep_memory()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    lightgcn.random.seed(options.seed)
    try:
        found = options.run(options)
    except (OSError, ValueError) as error:
        sys.exit(f"theirs.py {options.work}: {error}")
    if isinstance(found, Check):
        common.report(work=options.work, who=options.way, check=found.found, failed=found.failed)
        return 1 if found.failed else 0
    common.report(work=options.work, who=options.way, **found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
