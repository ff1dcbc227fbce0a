"""Steps of a policy as SMT-LIB terms, from its IR; and z3 to ask about them.

Independent of policyc's own logic: it reads the text of the IR and follows docs/formats/ir.md.  Numbers are signed
bit-vectors of 16 bits, which hold all values of small policies and of their arithmetic.
"""

import subprocess

OPERANDS = ["env", "code", "op1", "op2", "op3", "mem", "rd"]  # rd: what the destination held
RESULTS = ["env", "rd", "csr", "mem"]
NO_RULE, RULE, CONFLICT, RANGE = 1, 1000, 200, 300  # faults; 0: none; from CONFLICT on explicit


def number(value):
    return f"(_ bv{value % 65536} 16)"


def land(*terms):
    terms = [t for t in terms if t != "true"]
    if "false" in terms:
        return "false"
    return "true" if not terms else terms[0] if len(terms) == 1 else "(and " + " ".join(terms) + ")"


def lor(*terms):
    terms = [t for t in terms if t != "false"]
    if "true" in terms:
        return "true"
    return "false" if not terms else terms[0] if len(terms) == 1 else "(or " + " ".join(terms) + ")"


def lnot(term):
    return {"true": "false", "false": "true"}.get(term, f"(not {term})")


def ite(when, a, b):
    return a if when == "true" or a == b else b if when == "false" else f"(ite {when} {a} {b})"


class Z3:
    """Commands are collected; `run` gives the answers of all queries, in order."""

    def __init__(self):
        self.lines = ["(set-option :produce-models true)", "(set-logic QF_BV)"]
        self.queries = 0

    def put(self, line):
        self.lines.append(line)

    def ask(self, term, values=()):
        self.put("(push 1)")
        self.put(f"(assert {term})")
        self.put('(echo "?")')
        self.put("(check-sat)")
        if values:
            self.put("(get-value (" + " ".join(values) + "))")
        self.put("(pop 1)")
        self.queries += 1
        return self.queries - 1

    def run(self):
        out = subprocess.run(["z3", "-in"], input="\n".join(self.lines) + "\n", capture_output=True, text=True,
                             check=False, timeout=300).stdout
        answers = []
        head, *parts = out.split("?\n")
        if head.strip():
            raise RuntimeError("z3: " + head[:300])
        for part in parts:
            word, _, rest = part.partition("\n")
            if word not in ("sat", "unsat"):
                raise RuntimeError("z3: " + part[:300])
            answers.append((word == "sat", parse_values(rest) if word == "sat" else {}))
        if len(answers) != self.queries:
            raise RuntimeError(f"z3 answered {len(answers)} of {self.queries} queries")
        return answers


def parse_values(text):
    values = {}
    for item in text.replace("\n", " ").split("("):
        words = item.replace(")", " ").split()
        if len(words) == 2:
            values[words[0]] = words[1] == "true" if words[1] in ("true", "false") else int(words[1][2:], 16 if words[1][1] == "x" else 2)
    return values


class Inputs:
    """Operands as variables, for the tags of one IR; other IRs with the same tags may use them, too."""

    def __init__(self, z3, ir, env_empty=True):
        self.sets = {}
        self.names = []
        for op in OPERANDS:
            tags = []
            for t, tag in enumerate(ir.tags):
                has = f"{op}.{t}"
                z3.put(f"(declare-const {has} Bool)")
                self.names.append(has)
                args = []
                for k, arg in enumerate(tag["args"]):
                    name = f"{op}.{t}.{k}"
                    z3.put(f"(declare-const {name} (_ BitVec 16))")
                    z3.put(f"(assert (bvult {name} {number(arg['limit'])}))")
                    self.names.append(name)
                    args.append(name)
                if op == "env" and env_empty:
                    z3.put(f"(assert (not {has}))")
                tags.append((has, args))
            self.sets[op] = tags


class Steps:
    """What an IR says about the inputs, opclass by opclass."""

    last_first = False  # tests set it: rules are tried from the last to the first

    def __init__(self, z3, ir, inputs, prefix, messages):
        self.z3, self.ir, self.inputs, self.prefix, self.messages = z3, ir, inputs, prefix, messages
        self.parts = 0
        self.order = [self.closure(l) for l in ir.lattices]
        self.done = {}

    def name(self, term, sort):
        if not term.startswith("("):
            return term
        self.parts += 1
        name = f"{self.prefix}{self.parts}"
        self.z3.put(f"(define-fun {name} () {sort} {term})")
        return name

    @staticmethod
    def closure(lattice):
        n = lattice["size"]
        below = {(a, a) for a in range(n)} | set(lattice["below"])
        while True:
            more = below | {(a, d) for a, b in below for c, d in below if b == c}
            if more == below:
                return below
            below = more

    def bound(self, lattice, a, b, join):
        """By brute force: the least value above both, or the greatest below both."""
        below, n = self.order[lattice], self.ir.lattices[lattice]["size"]
        term = number(0)
        for x in range(n):
            for y in range(n):
                if join:
                    both = [z for z in range(n) if (x, z) in below and (y, z) in below]
                    best = next(z for z in both if all((z, o) in below for o in both))
                else:
                    both = [z for z in range(n) if (z, x) in below and (z, y) in below]
                    best = next(z for z in both if all((o, z) in below for o in both))
                term = ite(land(f"(= {a} {number(x)})", f"(= {b} {number(y)})"), number(best), term)
        return self.name(term, "(_ BitVec 16)")

    # ---- Expressions ----

    def operand(self, opclass, op):
        form = opclass["form"]
        absent = (op in ("op1", "op2", "op3") and form[op] == "none") or (op == "mem" and form["mem"] == "none")
        tags = self.inputs.sets[op]
        return [("false" if absent else has, args) for has, args in tags]

    def int_term(self, node):
        if isinstance(node, tuple):
            return self.inputs.sets[node[1]][self.ir.tag_id(node[2])][1][node[3]]
        if isinstance(node, str):
            return number(int(node))
        op = node[0]
        if op in ("join", "meet"):
            return self.bound(int(node[1]), self.int_term(node[2]), self.int_term(node[3]), op == "join")
        sign = {"add": "bvadd", "sub": "bvsub", "mul": "bvmul", "div": "bvsdiv", "mod": "bvsrem"}[op]
        return f"({sign} {self.int_term(node[1])} {self.int_term(node[2])})"

    def relation(self, node):
        r = self.ir.relations[int(node[1])]
        args = [self.int_term(n) for n in node[2:]]
        tuples = [[]]
        for limit in r["limits"]:
            tuples = [t + [v] for t in tuples for v in range(limit)]
        inside = [t for i, t in enumerate(tuples) if r["bits"][i // 32] >> (i % 32) & 1]
        return lor(*[land(*[f"(= {a} {number(v)})" for a, v in zip(args, t)]) for t in inside])

    def guard(self, node):
        if isinstance(node, str):
            return node
        op = node[0]
        if op == "not":
            return lnot(self.guard(node[1]))
        if op in ("and", "or"):
            return (land if op == "and" else lor)(self.guard(node[1]), self.guard(node[2]))
        if op == "relation":
            return self.relation(node)
        sign = {"eq": "=", "ne": "distinct", "lt": "bvslt", "le": "bvsle"}[op]
        return f"({sign} {self.int_term(node[1])} {self.int_term(node[2])})"

    def owned(self, decider, tags):
        return [(has if self.ir.tags[t]["domain"] == decider["domain"] else "false", args)
                for t, (has, args) in enumerate(tags)]

    def agree(self, t, a, b):
        return land(*[f"(= {x} {y})" for x, y, d in zip(a, b, self.ir.tags[t]["args"]) if d["lattice"] is None])

    def combine(self, a, b, faults, join):
        made = []
        for t, ((ha, xa), (hb, xb)) in enumerate(zip(a, b)):
            if ha == "false" and hb == "false":
                made.append(("false", xa))
                continue
            both, agree = land(ha, hb), self.agree(t, xa, xb)
            args = []
            for x, y, d in zip(xa, xb, self.ir.tags[t]["args"]):
                value = ite(ha, x, y)
                if d["lattice"] is not None and both != "false":
                    value = ite(both, self.bound(d["lattice"], x, y, join), value)
                args.append(self.name(value, "(_ BitVec 16)"))
            if join:
                faults.append((land(both, lnot(agree)), CONFLICT + t))
                has = lor(ha, hb)
            else:
                has = land(both, agree)
            made.append((self.name(has, "Bool"), args))
        return made

    def value(self, decider, opclass, node, faults):
        if isinstance(node, str):
            if node == "{}":
                return [("false", args) for _, args in self.inputs.sets["env"]]
            return self.owned(decider, self.operand(opclass, node))
        if node[0] in ("union", "inter"):
            a = self.value(decider, opclass, node[1], faults)
            b = self.value(decider, opclass, node[2], faults)
            return self.combine(a, b, faults, node[0] == "union")
        if node[0] != "modify":
            raise ValueError(f"unknown set {node}")
        made = list(self.value(decider, opclass, node[1], faults))
        i = 2
        while i < len(node):
            t = self.ir.tag_id(node[i][1:])
            if node[i][0] == "-":
                made[t] = ("false", made[t][1])
                i += 1
                continue
            args = []
            if self.ir.tags[t]["args"]:
                i += 1
                for item, d in zip(node[i], self.ir.tags[t]["args"]):
                    value = self.name(self.int_term(item), "(_ BitVec 16)")
                    faults.append((f"(not (bvult {value} {number(d['limit'])}))", RANGE + t))
                    args.append(value)
            made[t] = ("true", args)
            i += 1
        return made

    def merged(self, a, b):
        """The sets of two parts of a granule joined, and whether they cannot be."""
        conflicts, made = [], []
        for t, ((ha, xa), (hb, xb)) in enumerate(zip(a, b)):
            both, agree = land(ha, hb), self.agree(t, xa, xb)
            every = self.ir.tags[t]["merge"] == "all"
            args = []
            for x, y, d in zip(xa, xb, self.ir.tags[t]["args"]):
                value = ite(ha, x, y)
                if d["lattice"] is not None:
                    value = ite(both, self.bound(d["lattice"], x, y, not every), value)
                args.append(value)
            if not every:
                conflicts.append(land(both, lnot(agree)))
            made.append((land(both, agree) if every else lor(ha, hb), args))
        return made, lor(*conflicts)

    # ---- Rules ----

    def conditions(self, decider, opclass, when):
        terms = []
        for op, items in when.items():
            tags = self.operand(opclass, op)
            named = set()
            for item in items:
                if item == "never":
                    terms.append("false")
                elif item != "exact":
                    t = self.ir.tag_id(item[1:])
                    named.add(t)
                    terms.append(tags[t][0] if item[0] == "+" else lnot(tags[t][0]))
            if "exact" in items:
                terms += [lnot(has) for t, (has, _) in enumerate(tags)
                          if t not in named and (decider is None or self.ir.tags[t]["domain"] == decider["domain"])]
        return land(*terms)

    def matches(self, decider, opclass, rule):
        if rule["group"] is not None and rule["group"] not in opclass["groups"]:
            return "false"
        term = self.conditions(decider, opclass, rule["when"])
        if term != "false" and rule["guard"] is not None:
            term = land(term, self.guard(rule["guard"]))
        return self.name(term, "Bool")

    def message(self, text):
        return self.messages.setdefault(text, RULE + len(self.messages))

    def decider(self, d, opclass):
        """matches and decides by rule, the fault, and the results (None where no rule of the class gives one)."""
        key = (d, opclass["id"])
        if key in self.done:
            return self.done[key]
        decider = self.ir.deciders[d]
        writes = {"env": True, "rd": opclass["form"]["rd"] != "none", "csr": opclass["form"]["csr"] == "1",
                  "mem": "write" in opclass["form"]["mem"]}
        earlier = "false"
        said = {"matches": [], "decides": [], "faults": [], "fault": None, "results": {}}
        gives = []
        for rule in reversed(decider["rules"]) if self.last_first else decider["rules"]:
            m = self.matches(decider, opclass, rule)
            decides = self.name(land(m, lnot(earlier)), "Bool")
            earlier = self.name(lor(earlier, m), "Bool")
            faults, sets = [], {}
            if not rule["allow"]:
                faults.append(("true", self.message(rule["message"])))
            elif m != "false":
                for r in RESULTS:
                    if r in rule["results"] and writes[r]:
                        sets[r] = self.value(decider, opclass, rule["results"][r], faults)
            fault = number(0)
            for when, code in reversed(faults):
                fault = ite(when, number(code), fault)
            fault = self.name(fault, "(_ BitVec 16)")
            said["matches"].append(m)
            said["decides"].append(decides)
            said["faults"].append(fault)
            gives.append((decides, fault, sets))
        if self.last_first:
            for kind in ("matches", "decides", "faults"):
                said[kind].reverse()
        fault = number(NO_RULE)
        for decides, f, _ in reversed(gives):
            fault = ite(decides, f, fault)
        said["fault"] = self.name(fault, "(_ BitVec 16)")
        for r in RESULTS:
            if r == "csr" or not writes[r]:
                continue
            old = self.inputs.sets[r]
            made = []
            for t, (has, args) in enumerate(old):
                if self.ir.tags[t]["domain"] != decider["domain"]:
                    made.append(None)
                    continue
                h, a = has, list(args)
                for decides, _, sets in reversed(gives):
                    if r in sets:
                        h = ite(decides, sets[r][t][0], h)
                        a = [ite(decides, x, y) for x, y in zip(sets[r][t][1] or args, a)]
                made.append((self.name(h, "Bool"), [self.name(x, "(_ BitVec 16)") for x in a]))
            said["results"][r] = made
        self.done[key] = said
        return said

    def composed(self, opclass):
        """The fault that names the answer, and the results of an allowed step."""
        all_said = [self.decider(d, opclass) for d in range(len(self.ir.deciders))]
        explicit = [f"(bvuge {s['fault']} {number(CONFLICT)})" for s in all_said]
        fault = number(0)
        for s in reversed(all_said):
            fault = ite(f"(distinct {s['fault']} {number(0)})", s["fault"], fault)
        for s, e in reversed(list(zip(all_said, explicit))):
            fault = ite(e, s["fault"], fault)
        results = {}
        for r in RESULTS:
            if r not in all_said[0]["results"]:
                continue
            made = list(self.inputs.sets[r])
            for s in all_said:
                for t, item in enumerate(s["results"][r]):
                    made[t] = item if item is not None else made[t]
            results[r] = made
        return self.name(fault, "(_ BitVec 16)"), results
