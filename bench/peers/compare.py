#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs ciess_peers and theirs.py in turn: first the checks that both compute the same, then the times.

A cell is the median over all rounds of all turns; a ratio is PyTorch's by ours, so above 1 ours is faster;
the last one is of the careful way's least time and our least. Both sides run alone, one after the other, with the same number of threads.
PyTorch's threads wait passively, which on a busy machine is several times as fast as spinning; set
OMP_WAIT_POLICY=active to have them spin.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, metavar="PROGRAM", help="ciess_peers")
    parser.add_argument("--ml-1m", metavar="FILE", help="ratings of MovieLens-1M; none: made up")
    parser.add_argument("--yelp", nargs=2, metavar=("TRAIN", "TEST"), help="Yelp2018's lists; none: made up")
    parser.add_argument("--out", metavar="FILE", help="JSON to write")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, default=3, help="how often each program is started (default 3)")
    parser.add_argument("--only", metavar="WORD", help="only works whose title has this word")
    return parser.parse_args()


def run(command):
    """-> the line of JSON; ends the comparison if a program fails."""
    environment = {"OMP_WAIT_POLICY": "passive"} | os.environ
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    try:
        return json.loads(done.stdout.splitlines()[-1]) | {"status": done.returncode}
    except (IndexError, ValueError):
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stderr}")


class Programs:
    def __init__(self, options):
        self.options = options

    def ours(self, work, *arguments):
        found = run([self.options.ours, work, *arguments])
        if found["status"] != 0:
            sys.exit(f"ciess_peers {work}: status {found['status']}")
        return found

    def theirs(self, work, *arguments):
        return run(["/usr/bin/python3", HERE / "theirs.py", work, "--threads", self.options.threads, *arguments])


def prepare(programs, folder):
    """-> {name: (file, what `prepare` said)}"""
    options, data = programs.options, {}
    for name, file in (("ml-1m", ["--ml-1m", options.ml_1m]), ("yelp2018", ["--yelp", *(options.yelp or [None])])):
        path = folder / f"{name}.bin"
        source = file if file[1] else ["--shape", name]
        data[name] = (path, programs.ours("prepare", *source, "--out", path))
        said = data[name][1]
        print(f"{name}{' (made up)' if said['made_up'] else ''}: {said['users']:,} users, {said['items']:,} items, "
              f"{said['train']:,} training pairs, {said['held_out']:,} held out", flush=True)
    return data


def check(programs, data, folder):
    """-> [what was compared]; ends the comparison at the first thing that differs."""
    print("\nThe same work?", flush=True)
    done = []

    def judge(title, found):
        if found["failed"]:
            sys.exit(f"{title}: NOT the same: {'; '.join(found['failed'])}")
        name, farthest = max(found["check"].items(), key=lambda item: item[1]["difference"] / item[1]["limit"])
        print(f"  yes: {title} ({len(found['check'])} comparisons; nearest to its limit: {name}, "
              f"{farthest['difference']:.1e} of {farthest['limit']:.1e})", flush=True)
        done.append({"title": title, "differences": found["check"]})

    def saved(title, ways, work, *arguments):
        to = folder / "check" / title.replace(" ", "-")
        programs.ours(work, *arguments, "--threads", programs.options.threads, "--save", to)
        for way in ways:
            judge(f"{title}, {way}", programs.theirs(work, *arguments, "--way", way, "--check", to))

    for name, (path, _) in data.items():
        for removed in (0, 0.9):
            ways = ("reference", "careful") if name == "ml-1m" else ("careful",)
            saved(f"lightgcn {name} {removed:.0%} removed", ways, "lightgcn", "--data", path, "--removed", removed)
        vectors = folder / f"vectors-{name}"
        programs.ours("vectors", "--data", path, "--steps", 100 if name == "ml-1m" else 40, "--out", vectors)
        arguments = ["--data", path, "--vectors", vectors, "--rounds", 1, "--cutoffs", 5, 10, 20]
        a, b = programs.ours("rank", *arguments), programs.theirs("rank", *arguments)
        differences = {f"{metric}@{k}": {"difference": abs(x - y), "limit": 1e-6} for metric in ("recall", "ndcg")
                       for k, x, y in zip((5, 10, 20), a[metric], b[metric])}
        failed = [f"{metric} differs by {d['difference']:.2g}" for metric, d in differences.items()
                  if not d["difference"] <= d["limit"]]
        judge(f"rank {name}", {"check": differences, "failed": failed})
    saved("choose", ("reference", "careful"), "choose", "--rows", 6040)
    saved("td3", ("reference", "careful"), "td3")
    return done


def works(data, folder):
    """-> [(title, work, arguments, arguments for ours only, {who: rounds of a turn})]"""
    list_of = []
    for name, (path, _) in data.items():
        small = name == "ml-1m"
        for removed in (0, 0.9):
            rounds = {"ciess": 20, "careful": 20 if small else 8}
            for how, ours, more in (("", [], {"reference": 4 if small else 2}), (", rows as bfloat16", ["--half"], {})):
                list_of.append((f"LightGCN step, {name}, {removed:.0%} removed{how}", "lightgcn",
                                ["--data", path, "--removed", removed], ours, rounds | more))
    for name, cutoffs in (("ml-1m", (5, 10, 20)), ("yelp2018", (20,))):
        path, _ = data[name]
        list_of.append((f"full ranking, {name}, @{' @'.join(map(str, cutoffs))}", "rank",
                        ["--data", path, "--vectors", folder / f"vectors-{name}", "--cutoffs", *cutoffs], [],
                        {"ciess": 5, "careful": 5} if name == "ml-1m" else {"ciess": 2, "careful": 2}))
    for rows in (6040, 100_000):
        list_of.append((f"choosing sizes, {rows:,} rows", "choose", ["--rows", rows], [],
                        {"ciess": 8, "careful": 8, "reference": 1}))
    list_of.append(("TD3 update, batch 4,096", "td3", [], [], {"ciess": 10, "careful": 10, "reference": 5}))
    return list_of


def machine(options):
    def first_line(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            return "unknown"

    def cached(name):
        cache = pathlib.Path(options.ours).resolve().parents[1] / "CMakeCache.txt"
        lines = cache.read_text().splitlines() if cache.exists() else []
        found = [line.split("=", 1)[1] for line in lines if line.startswith(f"{name}:")]
        return found[0] if found else ""

    model = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    compiler = cached("CMAKE_CXX_COMPILER") or "c++"
    versions = json.loads(subprocess.run(
        ["/usr/bin/python3", "-c",
         "import json, numpy, torch; print(json.dumps({'torch': torch.__version__, 'numpy': numpy.__version__}))"],
        capture_output=True, text=True, check=True).stdout)
    blas = os.path.realpath("/etc/alternatives/libblas.so.3-" + platform.machine() + "-linux-gnu")
    return {"processor": model[0] if model else platform.processor(), "cores": len(os.sched_getaffinity(0)),
            "system": platform.platform(), "compiler": first_line(compiler, "--version"),
            "flags": f"{cached('CMAKE_CXX_FLAGS_RELEASE')} -march=native".strip(),
            "python": platform.python_version(), **versions, "blas": blas, "threads": options.threads,
            "wait policy": os.environ.get("OMP_WAIT_POLICY", "passive"),
            "load before": os.getloadavg()[0]}


def shown(ms):
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}"


def time(programs, data, folder):
    chosen = [w for w in works(data, folder) if not programs.options.only or programs.options.only in w[0]]
    ms = {title: {who: [] for who in rounds} for title, _, _, _, rounds in chosen}
    for turn in range(programs.options.turns):
        print(f"\nTurn {turn + 1} of {programs.options.turns} ", end="", flush=True)
        for title, work, arguments, of_ours, rounds in chosen:
            for who, count in rounds.items():
                if who == "reference" and work == "choose" and turn > 0:
                    continue  # takes seconds, and all that varies is lost in them
                common = [*arguments, "--rounds", count]
                found = (programs.ours(work, *common, *of_ours, "--threads", programs.options.threads) if who == "ciess" else
                         programs.theirs(work, *common, *(["--way", who] if work != "rank" else [])))
                ms[title][who] += found["ms"]
            print(".", end="", flush=True)
    return ms


def table(ms):
    """Medians and their ratios; the last column is the ratio of the least times, which other programs on the
    machine disturb less."""
    lines = ["| work | ciess | careful PyTorch | reference way | careful / ciess | reference / ciess | least / least |",
             "|---|---|---|---|---|---|---|"]
    for title, by in ms.items():
        ours, careful = statistics.median(by["ciess"]), statistics.median(by["careful"])
        reference = statistics.median(by["reference"]) if by.get("reference") else None
        lines.append(f"| {title} | **{shown(ours)} ms** | {shown(careful)} ms | "
                     f"{shown(reference) + ' ms' if reference else '-'} | **{careful / ours:.1f}** | "
                     f"{f'{reference / ours:.1f}' if reference else '-'} | {min(by['careful']) / min(by['ciess']):.1f} |")
    return "\n".join(lines)


def main():
    options = parse()
    programs = Programs(options)
    about = machine(options)
    with tempfile.TemporaryDirectory(prefix="ciess-peers-") as name:
        folder = pathlib.Path(name)
        data = prepare(programs, folder)
        checks = check(programs, data, folder)
        ms = time(programs, data, folder)
    about["load after"] = os.getloadavg()[0]
    print(f"\n\n{about['processor']}, {about['cores']} cores, {options.threads} threads; {about['compiler']}, "
          f"{about['flags']}; Python {about['python']}, PyTorch {about['torch']}, {about['blas']}")
    print(f"Load of the machine {about['load before']:.1f} before, {about['load after']:.1f} after.\n")
    print(table(ms))
    if options.out:
        summary = {title: {who: {"median": statistics.median(list_of), "least": min(list_of), "rounds": len(list_of)}
                           for who, list_of in by.items() if list_of} for title, by in ms.items()}
        said = {name: what for name, (_, what) in data.items()}
        result = {"machine": about, "data": said, "checks": checks, "summary": summary, "ms": ms}
        pathlib.Path(options.out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
