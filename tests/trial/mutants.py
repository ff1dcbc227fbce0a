"""Takes rules of a policy away, one at a time, and runs the policy's tests.

    mutants.py POLICYC POLICY NEVER SPARED

Each rule of POLICY but those that the pattern SPARED fits becomes one that asks for NEVER, which
nothing has.  A mutant that still passes its tests, or does not compile, is told; exit status 1."""
import re
import subprocess
import sys

policyc, path, never, spared = sys.argv[1:]
source = open(path).read()


def rules(text):
    """Spans of NAMEGrp(...) in the policy section, strings and brackets heeded."""
    start = text.index("\npolicy:")
    end = text.index("\nrequire:")
    for match in re.compile(r"\w+Grp\(").finditer(text, start, end):
        if text.rfind("//", text.rfind("\n", 0, match.start()), match.start()) >= 0:
            continue
        depth, at, quoted = 1, match.end(), False
        while depth:
            quoted ^= text[at] == '"'
            depth += (not quoted) * ((text[at] == "(") - (text[at] == ")"))
            at += 1
        yield match.start(), at


bad = tried = 0
for first, last in rules(source):
    rule = " ".join(source[first:last].split())
    if re.search(spared, rule):
        continue
    tried += 1
    with open("mutant.pol", "w") as out:
        out.write(source[:first] + f'allGrp({never} -> fail "mutant")' + source[last:])
    run = subprocess.run([policyc, "test", "--engines=source", "mutant.pol"], capture_output=True, text=True)
    if run.returncode != 1 or "not ok 1 - the policy compiles" in run.stdout:
        print("not noticed:", rule, run.stderr[:200])
        bad += 1
print(tried, "rules")
sys.exit(bad > 0 or tried < 2)
