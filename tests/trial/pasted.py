"""What `policyc test --suggest` prints, pasted, passes, and leaves no rule uncovered but those it names.

    pasted.py POLICYC STEP FOLDER...

Every STEP-th policy (.pol) of the folders that has no test section and compiles.  The folders are
copied to the current folder first."""
import os
import re
import shutil
import subprocess
import sys

policyc, step, folders = sys.argv[1], int(sys.argv[2]), sys.argv[3:]


def run(*args):
    return subprocess.run([policyc, "test", *args], capture_output=True, text=True, errors="replace")


tried = bad = 0
for folder in folders:
    here = "copy-" + os.path.basename(folder)
    shutil.copytree(folder, here)
    names = sorted(n for n in os.listdir(here) if n.endswith(".pol"))
    for name in names[::step]:
        path = os.path.join(here, name)
        source = open(path, errors="surrogateescape").read()
        suggested = run("--suggest", path)
        if suggested.returncode or re.search(r"^test:", source, re.M) or "test:\n" not in suggested.stdout:
            continue
        with open(path, "a", errors="surrogateescape") as out:
            out.write("\n" + suggested.stdout)
        result = run("--coverage", path)
        missing = len(re.findall(r"^# +#####", result.stdout, re.M))
        reasons = suggested.stdout.count("// no test for")
        tried += 1
        if result.returncode or missing > reasons or "?????" in result.stdout:
            bad += 1
            print(path, "status", result.returncode, "missing", missing, "reasons", reasons)
            print("\n".join(result.stderr.splitlines()[:4] + result.stdout.splitlines()[:12]))
print(tried, "policies")
sys.exit(bad > 0 or tried < 3)
