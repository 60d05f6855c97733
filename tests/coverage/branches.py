#!/usr/bin/python3
"""branches.py OBJECT...: prints the branches of each source that gcov(1) counted, and those that no test took. Fails if there are any."""
import json
import os
import subprocess
import sys

missing = []
total = 0
print("branches  not taken  source")
for obj in sys.argv[1:]:
    out = subprocess.run(["gcov", "--branch-probabilities", "--json-format", "--stdout", obj], capture_output=True, check=True).stdout
    report = json.loads(out)
    source = os.path.relpath(next(f["file"] for f in report["files"] if f["file"].endswith(".c")))
    # Inline functions of headers belong to other tests.
    lines = next(f["lines"] for f in report["files"] if f["file"].endswith(".c"))
    taken = [(line["line_number"], branch["count"]) for line in lines for branch in line["branches"]]
    untaken = [f"{source}:{number}" for number, count in taken if count == 0]
    print(f"{len(taken):8}  {len(untaken):9}  {source}")
    total += len(taken)
    missing += untaken
for place in missing:
    print(f"no test takes a branch of {place}")
print(f"{total - len(missing)} of {total} branches are taken")
sys.exit(1 if missing or total == 0 else 0)
