"""The smallest change that `policyc explain --why-not=allow` finds, against all operands there are.

    whynot.py POLICYC POLICY

POLICY is ../trial/gate.pol, whose tags are Key, Gate (of four values each), Open and Never.  Sets
that an operand can hold are those that the table encodes there; of these all combinations are asked."""
import itertools
import json
import random
import subprocess
import sys

policyc, policy = sys.argv[1:]
OPERANDS = ["env", "code", "op1", "op2", "mem"]
# A set: per tag None (absent) or its argument; order of declaration.
TAGS = [("Key", 4), ("Gate", 4), ("Open", 0), ("Never", 0)]


def text(tags):
    parts = [name + (f" {value}" if limit else "")
             for (name, limit), value in zip(TAGS, tags) if value is not None]
    return "{" + ", ".join(parts) + "}"


def line(sets):
    return "sw " + " ".join(f"{op}={text(s)}" for op, s in zip(OPERANDS, sets))


def ask(lines, engine):
    out = subprocess.run([policyc, "eval", f"--engine={engine}", policy], input="\n".join(lines) + "\n",
                         capture_output=True, text=True).stdout.splitlines()
    assert len(out) == len(lines), (len(out), len(lines))
    return out


every = list(itertools.product(*[[None] + list(range(limit or 1)) for _, limit in TAGS]))
none = (None,) * len(TAGS)
able = []
for i in range(len(OPERANDS)):
    lines = [line([s if k == i else none for k in range(len(OPERANDS))]) for s in every]
    able.append([s for s, a in zip(every, ask(lines, "table")) if "unencodable" not in a])
combinations = list(itertools.product(*able))
answers = ask([line(c) for c in combinations], "source")
allowed = [c for c, a in zip(combinations, answers) if a.startswith("allow")]
failing = [c for c, a in zip(combinations, answers) if a.startswith("fail")]
assert len(allowed) > 100 and len(failing) > 100, (len(allowed), len(failing))


def distance(a, b):
    changes = [(i, t) for i in range(len(OPERANDS)) for t in range(len(TAGS)) if a[i][t] != b[i][t]]
    numbers = [v for s in b for v in s if v is not None]
    return len(changes), changes, numbers


chance = random.Random(5)
cases = chance.sample(failing, 40)
# Sets that cannot occur may be asked about; those that are proposed can.
cases += [tuple(chance.choice(every) for _ in OPERANDS) for _ in range(20)]
cases = [c for c, a in zip(cases, ask([line(c) for c in cases], "source")) if a.startswith("fail")]
lines = "\n".join(line(c) for c in cases) + "\n"
told = json.loads(subprocess.run([policyc, "explain", "--format=json", "--why-not=allow", policy],
                                 input=lines, capture_output=True, text=True).stdout)
assert len(told) == len(cases)
for case, got in zip(cases, told):
    best = min(allowed, key=lambda c: distance(case, c))
    want = {op: text(new) for op, old, new in zip(OPERANDS, case, best) if old != new}
    if got["whyNot"]["operands"] != want or got["whyNot"]["tags"] != distance(case, best)[0]:
        sys.exit(f"{line(case)}\n  told: {got['whyNot']}\n  want: {distance(case, best)[0]} {want}")
print(len(cases), "cases among", len(combinations))
