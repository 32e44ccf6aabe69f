# SPDX-License-Identifier: MIT
"""Small runs of search_sizes, one a backbone, against what they gave before: sizes, history but for its times, summary.

    golden_test.py PROGRAM MAKER [--write]

MAKER names compiler and registers, on which the last bits depend: results of another maker cannot be compared, and the
test is then skipped. --write makes the files beside this one anew; the commit that changes them says why.
"""
import array
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
RUNS = {
    "mf": ["--preset", "warm"],
    "ncf": ["--preset", "warm"],
    "ngcf": ["--preset", "warm"],
    "lightgcn": ["--preset", "warm"],
}


def ratings():
    """80 users, 50 items, in groups that like different items."""
    for user in range(80):
        for item in range(50):
            if (user * 7 + item * 13) % 10 < (8 if user % 5 == item % 5 else 1):
                yield f"{3 * user + 5}::{10 + item}::{1 + (user + item) % 5}::0\n"


def sizes(file):
    """The numbers of an .npy file of uint16."""
    data = file.read_bytes()
    begin = 10 + int.from_bytes(data[8:10], "little")
    assert data[:8] == b"\x93NUMPY\x01\x00" and b"<u2" in data[:begin], file
    return array.array("H", data[begin:])


def result(program, backbone, folder):
    data = folder / "ratings.dat"
    data.write_text("".join(ratings()))
    out = folder / "out"
    subprocess.run(
        [program, "--data", data, "--backbone", backbone, "--dim", "16", "--episodes", "2", "--budget", "0.7", "0.9",
         "--seed", "3", "--out", out, *RUNS[backbone]],
        check=True, stdout=subprocess.DEVNULL)
    lines = []
    rows = [line.split("\t") for line in (out / "history.tsv").read_text().splitlines()]
    kept = [c for c, name in enumerate(rows[0]) if name != "seconds"]
    lines += ["\t".join(row[c] for c in kept) for row in rows]
    for file in sorted(out.glob("sizes-*.npy")):
        lines.append(file.name + ": " + " ".join(str(size) for size in sizes(file)))
    for file in sorted(out.glob("tables-*.safetensors")):
        lines.append(f"{file.name}: {file.stat().st_size} bytes")
    summary = json.loads((out / "summary.json").read_text())
    for part in ("data", "seconds", "threads"):
        del summary[part]
    for search in summary["searches"].values():
        del search["seconds"]

    def flat(name, value):
        if isinstance(value, dict):
            for key, inner in value.items():
                flat(f"{name}/{key}" if name else key, inner)
        elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
            for number, inner in enumerate(value):
                flat(f"{name}/{number}", inner)
        else:
            lines.append(f"{name}: {value}")

    flat("", summary)
    return "".join(line + "\n" for line in lines)


def main(program, maker, write):
    differ = []
    for backbone in RUNS:
        file = HERE / f"{backbone}.txt"
        head = f"made by {maker}\n"
        if not write:
            made, expected = file.read_text().split("\n", 1)
            if made + "\n" != head:
                print(f"{file.name} was {made}, this program by {maker}: the last bits differ")
                return SKIPPED
        with tempfile.TemporaryDirectory() as folder:
            text = result(program, backbone, pathlib.Path(folder))
        if write:
            file.write_text(head + text)
        elif text != expected:
            differ.append(backbone)
            pairs = list(zip(expected.splitlines(), text.splitlines()))
            first = next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))
            print(f"{backbone}: differs from {file.name} from line {first + 2} on")
            for before, now in pairs[first:first + 1]:
                print(f"  was {before[:300]}\n  is  {now[:300]}")
    if differ:
        print("If that is meant, make them anew: golden_test.py PROGRAM MAKER --write, and say why in the commit.")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--write" in sys.argv[3:]))
