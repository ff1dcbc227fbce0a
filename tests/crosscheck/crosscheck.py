#!/usr/bin/env python3
"""`policyc check`, `prove`, `diff` and `eval` against z3: crosscheck.py POLICYC COUNT SEED [KEEP_DIR [WRONG]].

For each of COUNT random policies (generate.py), z3 answers from the text of the IR (ir.py, smt.py):

  never, shadowed, conflict   for each rule: does it match something, decide something, can its union conflict
  claim                       for each claim: is it true, false, or about nothing
  diff                        for each component of the policy and of a changed copy: do they ever differ
  eval                        models of "this rule decides in this opclass", whose answers the interpreter must give

WRONG makes z3's side wrong on purpose (see `spoil`), to show that disagreements are noticed.

Prints one line for each kind of question with its counts, and each disagreement with the policy's folder, which stays.
"""

import json
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import generate
import ir as irs
import smt

WORDS = {"add": 0x00C58533, "sub": 0x40C58533, "xor": 0x00C5C533, "lw": 0x0005A503, "sw": 0x00C5A023}
RULE_CODES = ("never-matches", "shadowed-rule", "union-conflict")


class Disagreement(Exception):
    pass


class Job:
    def __init__(self, policyc, seed, folder):
        self.policyc, self.rng, self.folder = policyc, random.Random(seed), folder
        self.counts = {}
        self.problems = []

    def count(self, kind, n=1):
        self.counts[kind] = self.counts.get(kind, 0) + n

    def differ(self, kind, text):
        self.problems.append(f"{kind}: {text}")

    def run(self, *args, text=None):
        return subprocess.run([self.policyc, *args], capture_output=True, text=True, input=text, check=False, timeout=120)

    def write(self, policy, name, claims):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        for file, text in policy.files(claims).items():
            with open(os.path.join(folder, file), "w", encoding="ascii") as f:
                f.write(text)
        return os.path.join(folder, policy.modules[-1].name + ".pol")

    def compile(self, path):
        """The IR, or None if the policy has errors (the generator does not avoid all of them)."""
        out = os.path.dirname(path)
        got = self.run("compile", path, "--emit=ir", "-o", out)
        if got.returncode != 0:
            if got.returncode not in (1, 2):
                raise Disagreement(f"compile ends with {got.returncode}: {got.stderr[:400]}")
            if "internal" in got.stderr:
                raise Disagreement("compile: " + got.stderr[:400])
            self.count("refused")
            return None
        with open(path[:-4] + ".ir", encoding="ascii") as f:
            return irs.Ir(f.read())

    def findings(self, path, *options):
        got = self.run("check", path, "--format=json", *options)
        if got.returncode not in (0, 1):
            raise Disagreement(f"check ends with {got.returncode}: {got.stderr[:400]}")
        return json.loads(got.stdout)["findings"]

    # ---- Rules ----

    def ask_rules(self, z3, steps):
        """Queries by (decider, rule): whether it matches, decides, conflicts in some opclass."""
        asked = {}
        classes = [c for c in steps.ir.opclasses if c["groups"]]
        for d, decider in enumerate(steps.ir.deciders):
            for r in range(len(decider["rules"])):
                said = [steps.decider(d, c) for c in classes]
                conflict = [smt.land(s["decides"][r], f"(bvuge {s['faults'][r]} {smt.number(smt.CONFLICT)})",
                                     f"(bvult {s['faults'][r]} {smt.number(smt.RANGE)})") for s in said]
                asked[d, r] = (z3.ask(smt.lor(*[s["matches"][r] for s in said])),
                               z3.ask(smt.lor(*[s["decides"][r] for s in said])), z3.ask(smt.lor(*conflict)))
        return asked

    def compare_rules(self, ir, asked, answers, path, *options):
        found = {code: set() for code in RULE_CODES}
        for f in self.findings(path, *options):
            if f["code"] in found:
                found[f["code"]].add(f"{os.path.basename(f['file'])}:{f['line']}")
            elif f["code"] == "undecided":
                self.differ("check", "undecided: " + f["message"])
        want = {code: set() for code in RULE_CODES}
        for (d, r), (matches, decides, conflicts) in asked.items():
            place = ":".join(ir.deciders[d]["rules"][r]["place"].split(":")[:2])
            if not answers[matches][0]:
                want["never-matches"].add(place)
            elif not answers[decides][0]:
                want["shadowed-rule"].add(place)
            if answers[conflicts][0]:
                want["union-conflict"].add(place)
            self.count("rules")
        for code in RULE_CODES:
            self.count(code, len(want[code]))
            if found[code] != want[code]:
                self.differ("check", f"{code} {' '.join(options)}: policyc {sorted(found[code])}, z3 {sorted(want[code])}")

    # ---- The interpreter ----

    def ask_models(self, z3, steps):
        asked = []
        for c in steps.ir.opclasses:
            if not c["groups"]:
                continue
            fault, results = steps.composed(c)
            shown = [t for made in results.values() for has, args in made for t in [has, *args]]
            for d, decider in enumerate(steps.ir.deciders):
                said = steps.decider(d, c)
                for r in range(len(decider["rules"])):
                    if said["decides"][r] == "false":
                        continue
                    terms = [t for t in dict.fromkeys([fault, *shown]) if re.match(r"[a-z]+[0-9]|[a-z]+[0-9]*\.", t)]
                    asked.append((z3.ask(said["decides"][r], steps.inputs.names + terms), c, fault, results))
        return asked

    @staticmethod
    def known(values, term):
        if term in ("true", "false"):
            return term == "true"
        m = re.match(r"\(_ bv(\d+) 16\)", term)
        return int(m.group(1)) if m else values[term]

    def literal(self, ir, values, tags):
        """{A, B 3} as the traces write it, with numbers for values of enums."""
        items = []
        for t, (has, args) in enumerate(tags):
            if not self.known(values, has):
                continue
            words = [ir.tags[t]["name"]]
            for arg, d in zip(args, ir.tags[t]["args"]):
                n = self.known(values, arg)
                words.append(ir.values[d["values"]][n] if d["values"] is not None else str(n))
            items.append(" ".join(words))
        return "{" + ", ".join(items) + "}"

    @staticmethod
    def normal(text):
        """A printed set, with module names or without, as a set of texts."""
        return {re.sub(r"\b[abc]\.", "", item.strip()) for item in text.strip("{}").split(",") if item.strip()}

    def compare_models(self, ir, asked, answers, path, messages):
        lines, want = [], []
        names = {number: text for text, number in messages.items()}
        for query, c, fault, results in asked:
            sat, values = answers[query]
            if not sat:
                continue
            words = ["0x" + c["sample"]]
            for op in smt.OPERANDS:
                there = op in ("env", "code") or (op == "mem" and c["form"]["mem"] != "none") or \
                    (op in ("op1", "op2", "op3", "rd") and c["form"][op] != "none")
                if there:
                    text = self.literal(ir, values, [(f"{op}.{t}", [f"{op}.{t}.{k}" for k in range(len(tag["args"]))])
                                                     for t, tag in enumerate(ir.tags)])
                    words.append(f"{op}={text}")
            lines.append(" ".join(words))
            code = self.known(values, fault)
            sets = {r: self.literal(ir, values, made) for r, made in results.items()}
            want.append((code, sets, names.get(code)))
        if not lines:
            return
        got = self.run("eval", path, text="\n".join(lines) + "\n")
        answers_given = got.stdout.strip().split("\n")
        if got.returncode != 0 or len(answers_given) != len(lines):
            self.differ("eval", f"{len(answers_given)} answers to {len(lines)} lines: {got.stderr[:300]}")
            return
        for line, answer, (code, sets, message) in zip(lines, answers_given, want):
            self.count("eval")
            if code == 0:
                good = answer.startswith("allow ")
                for r, text in sets.items():
                    m = re.search(rf"\b{r}=(\{{[^}}]*\}}|-)", answer)
                    good = good and m and (m.group(1) == "-" or self.normal(m.group(1)) == self.normal(text))
            elif code == smt.NO_RULE:
                good = answer.startswith("fail implicit")
            elif code >= smt.RULE:
                good = answer.startswith("fail explicit") and f'"{message}"' in answer
            else:
                tag = ir.tags[code % 100]["name"].split(".")[1]
                what = "conflicting arguments of" if code < smt.RANGE else "value out of range"
                good = answer.startswith("fail explicit") and what in answer and (code >= smt.RANGE or tag in answer)
            if not good:
                self.differ("eval", f"`{line}`: policyc `{answer}`, z3 {code} {message} {sets}")

    # ---- Claims ----

    def ask_claims(self, z3, steps, claims, probe):
        """Queries by claim: is there an input that it says something about, and a counterexample.

        The last rules of the steps `probe` have the left sides of the claims."""
        asked = {}
        decider = probe.ir.deciders[-1]
        for claim, rule in zip(claims, decider["rules"][-len(claims):]):
            about, wrong, allowed = [], [], []
            for word in WORDS.values():
                c = steps.ir.opclass_of(word)
                left = probe.matches(decider, probe.ir.opclass_of(word), rule)
                if left == "false":
                    continue
                fault, results = steps.composed(c)
                fails = f"(distinct {fault} {smt.number(0)})"
                about.append(left)
                allowed.append(smt.land(left, smt.lnot(fails)))
                if claim.expect == "fail":
                    wrong.append(smt.land(left, smt.lnot(fails)))
                elif claim.expect == "fail explicit":
                    wrong.append(smt.land(left, f"(bvult {fault} {smt.number(smt.CONFLICT)})"))
                elif claim.expect == "allow":
                    wrong.append(smt.land(left, fails))
                else:
                    _, sign, name = claim.result
                    t = steps.ir.tag_id(steps.ir.deciders[-1]["name"].split(".")[0] + "." + name)
                    result = "rd" if claim.result[0] == "r" else "mem"
                    has = results[result][t][0]
                    wrong.append(smt.land(left, smt.lnot(fails), smt.lnot(has) if sign == "+" else has))
                    if result == "mem":  # a store can cover a part of its granule
                        made, conflict = steps.merged(results["mem"], steps.inputs.sets["mem"])
                        has = made[t][0]
                        wrong.append(smt.land(left, smt.lnot(fails), smt.lnot(conflict),
                                              smt.lnot(has) if sign == "+" else has))
            empty = allowed if claim.expect == "results" else about
            asked[claim.title] = (z3.ask(smt.lor(*empty)), z3.ask(smt.lor(*wrong)))
        return asked

    def compare_claims(self, asked, answers, path):
        found = {}
        for f in self.findings(path):
            m = re.search(r'"(claim \d+)"', f["message"])
            if m and f["code"] in ("false-claim", "vacuous-claim", "undecided"):
                found[m.group(1)] = f["code"]
        for title, (about, wrong) in asked.items():
            want = "false-claim" if answers[wrong][0] else None if answers[about][0] else "vacuous-claim"
            self.count("claims")
            self.count(want or "true claims")
            if found.get(title) != want:
                self.differ("claim", f"{title}: policyc {found.get(title)}, z3 {want}")

    def claim_probe(self, policy):
        """A copy of the policy whose last rules have the claims' left sides, as policyc lowers them."""
        probe = generate.copy.deepcopy(policy)
        last = probe.modules[-1]
        for claim in probe.claims:
            operands, results, _, _ = generate.GROUPS[claim.group]
            last.rules.append(generate.Rule(claim.group, claim.pats, claim.guard, None,
                                            [(r, operands[0]) for r in results]))
        return self.compile(self.write(probe, "probe", False))

    # ---- Two policies ----

    def ask_difference(self, z3, a, b):
        """By component: whether it answers some input otherwise."""
        asked = []
        for d in range(len(a.ir.deciders)):
            differ = []
            for word in WORDS.values():
                x, y = a.decider(d, a.ir.opclass_of(word)), b.decider(d, b.ir.opclass_of(word))
                results = []
                for r in x["results"]:
                    for one, two in zip(x["results"][r], y["results"][r]):
                        if one is None:
                            continue
                        results.append("false" if one[0] == two[0] else f"(distinct {one[0]} {two[0]})")
                        results += [smt.land(one[0], two[0], "false" if p == q else f"(distinct {p} {q})")
                                    for p, q in zip(one[1], two[1])]
                fault = "false" if x["fault"] == y["fault"] else f"(distinct {x['fault']} {y['fault']})"
                differ.append(smt.lor(fault, smt.land(f"(= {x['fault']} {smt.number(0)})", smt.lor(*results))))
            asked.append(z3.ask(smt.lor(*differ)))
        return asked

    def compare_difference(self, asked, answers, old, new):
        got = self.run("diff", old, new)
        want = any(answers[q][0] for q in asked)
        self.count("diff")
        self.count("different" if want else "equal")
        if got.returncode not in (0, 1):
            raise Disagreement(f"diff ends with {got.returncode}: {got.stderr[:400]}")
        if (got.returncode == 1) != want:
            self.differ("diff", f"policyc {got.returncode}: {got.stdout[:300]}, z3 {[answers[q][0] for q in asked]}")

    # ---- One policy ----

    def work(self):
        policy = generate.Policy(self.rng, self.rng.choice([1, 1, 2, 3]))
        path = self.write(policy, "policy", False)
        ir = self.compile(path)
        if ir is None:
            return
        self.count("policies")
        z3, messages = smt.Z3(), {}
        inputs = smt.Inputs(z3, ir)
        steps = smt.Steps(z3, ir, inputs, "t", messages)
        rules = self.ask_rules(z3, steps)
        models = self.ask_models(z3, steps)
        probe, claims = self.claim_probe(policy), {}
        if probe is not None:
            claims = self.ask_claims(z3, steps, policy.claims, smt.Steps(z3, probe, inputs, "p", {}))
        other = policy.changed(self.rng)
        new = self.write(other, "changed", False)
        new_ir = self.compile(new)
        difference = None
        if new_ir is not None:
            difference = self.ask_difference(z3, steps, smt.Steps(z3, new_ir, inputs, "u", messages))
        answers = z3.run()
        self.count("queries", len(answers))
        self.compare_rules(ir, rules, answers, path)
        self.compare_rules(ir, rules, answers, path, "--all-shapes")
        self.compare_models(ir, models, answers, path, messages)
        if claims:
            self.compare_claims(claims, answers, self.write(policy, "claims", True))
        if difference:
            self.compare_difference(difference, answers, path, new)


def spoil(wrong):
    """Makes z3's side wrong: guards hold, the last rule decides, or every union succeeds."""
    if wrong == "guards":
        smt.Steps.guard = lambda self, node: "true"
    elif wrong == "order":
        smt.Steps.last_first = True
    elif wrong == "unions":
        smt.Steps.agree = lambda self, t, a, b: "true"
    elif wrong:
        sys.exit(f"no such fault: {wrong}")


def one(task):
    policyc, seed, keep, wrong = task
    spoil(wrong)
    if keep:
        os.makedirs(keep, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=f"crosscheck-{seed}-", dir=keep)
    job = Job(policyc, seed, folder)
    try:
        job.work()
    except (Disagreement, RuntimeError, subprocess.TimeoutExpired) as e:
        job.differ("failure", str(e))
    if not job.problems:
        shutil.rmtree(folder)
    return seed, folder, job.counts, job.problems


def main():
    policyc, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    keep = sys.argv[4] if len(sys.argv) > 4 else tempfile.gettempdir()
    fault = sys.argv[5] if len(sys.argv) > 5 else ""
    total, wrong = {}, 0
    with multiprocessing.Pool(2) as pool:
        for at, folder, counts, problems in pool.imap(one, [(policyc, seed * 1000000 + i, keep, fault) for i in range(count)]):
            for k, n in counts.items():
                total[k] = total.get(k, 0) + n
            for p in problems:
                wrong += 1
                print(f"seed {at}, {folder}: {p}")
    print("counts: " + ", ".join(f"{k} {n}" for k, n in sorted(total.items())))
    print(f"disagreements: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
