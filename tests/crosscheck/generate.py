"""Small random policies, as trees that can be printed, changed and printed again.

Every tag set can occur in integer registers and in memory: each subset of a module's tags stands in some init.  So
questions over the sets that can occur and over all sets have the same answers, but for the PC tag, which stays empty.
"""

import copy

TYPES = {  # name: (declaration, values as written, their type's size)
    "N": ("Int (4)", ["0", "1", "2", "3"]),
    "E": ("enum { red, green, blue }", ["red", "green", "blue"]),
    "L": ("lattice { low < left, low < right, left < high, right < high }", ["low", "left", "right", "high"]),
}
JOINS = ["\\/", "/\\"]
# group: operands, results, mnemonics; `both` shares `add` with `alu`.
GROUPS = {
    "alu": (["a", "b"], ["r"], "(RS1:a, RS2:b -> RD:r)", "add sub"),
    "both": (["a", "b"], ["r"], "(RS1:a, RS2:b -> RD:r)", "add xor"),
    "load": (["a", "m"], ["r"], "(RS1:a, MEM:m -> RD:r)", "lw"),
    "store": (["a", "v", "m"], ["m"], "(RS1:a, RS2:v, MEM:m -> MEM:m)", "sw"),
}


class Scope:
    """Variables of a rule, by type."""

    def __init__(self):
        self.vars = []

    def of(self, kind):
        return [v for v, k in self.vars if k == kind]


def term(rng, kind, scope, depth=1):
    """A number of a type, for guards and results."""
    known = scope.of(kind)
    if depth and kind == "N" and known and rng.random() < 0.5:
        op = rng.choice(["+", "-", "*"])
        left, right = rng.choice(known), rng.choice(known + ["1", "2"])
        if op == "*":
            right = rng.choice(["2", "3"])
        return f"({left} {op} {right})"
    if depth and kind == "L" and len(known) > 1 and rng.random() < 0.5:
        return f"({rng.choice(known)} {rng.choice(JOINS)} {rng.choice(known)})"
    if known and rng.random() < 0.7:
        return rng.choice(known)
    return rng.choice(TYPES[kind][1])


def pattern_tag(rng, tag, scope, fresh):
    name, kinds = tag
    fields = []
    for kind in kinds:
        roll = rng.random()
        if roll < 0.55:
            var = rng.choice(scope.of(kind)) if scope.of(kind) and rng.random() < 0.15 else f"u{len(scope.vars)}"
            if var not in scope.of(kind):
                scope.vars.append((var, kind))
            fields.append(var)
        elif roll < 0.75:
            fields.append(rng.choice(TYPES[kind][1]))
        else:
            fields.append("_")
    return " ".join([name] + fields)


def pattern(rng, own, seen, scope):
    """Text of a pattern, or None."""
    roll = rng.random()
    if roll < 0.35 or not seen:
        return None
    if roll < 0.5 and own:
        tags = rng.sample(own, rng.randint(0, min(2, len(own))))
        return "{" + ", ".join("(" + pattern_tag(rng, t, scope, True) + ")" for t in tags) + "}"
    tags = rng.sample(seen, rng.randint(1, min(2, len(seen))))
    items = []
    for t in tags:
        if rng.random() < 0.35:
            items.append("-" + t[0])
        else:
            items.append("+(" + pattern_tag(rng, t, scope, True) + ")")
    return "[" + ", ".join(items) + "]"


def guard(rng, scope):
    parts = []
    for _ in range(rng.randint(1, 2)):
        kinds = [k for k in TYPES if scope.of(k)]
        if not kinds:
            return None
        kind = rng.choice(kinds)
        left = rng.choice(scope.of(kind))
        if kind == "E":
            if rng.random() < 0.5:
                parts.append(f"rel({left}, {term(rng, kind, scope, 0)})")
            else:
                parts.append(f"{left} {rng.choice(['==', '!='])} {term(rng, kind, scope, 0)}")
        else:
            sign = rng.choice(["==", "!=", "<", "<=", ">", ">="])
            parts.append(f"{left} {sign} {term(rng, kind, scope, 1)}")
    text = parts[0]
    for p in parts[1:]:
        text = f"({text} {rng.choice(['&&', '||'])} {p})"
    return f"!({text})" if rng.random() < 0.2 else text


def addition(rng, own, scope):
    name, kinds = rng.choice(own)
    return " ".join([name] + [term(rng, k, scope) for k in kinds])


def value(rng, own, operands, scope, depth=1):
    roll = rng.random()
    if roll < 0.3 or not own:
        return rng.choice(operands)
    if roll < 0.5:
        return "{" + ("(" + addition(rng, own, scope) + ")" if rng.random() < 0.8 else "") + "}"
    if roll < 0.75 or not depth:
        mod = "+(" + addition(rng, own, scope) + ")" if rng.random() < 0.6 else "-" + rng.choice(own)[0]
        return f"{rng.choice(operands)}[{mod}]"
    left, right = rng.choice(operands), value(rng, own, operands, scope, 0)
    return f"{left} {rng.choice(JOINS)} {right}"


class Rule:
    def __init__(self, group, pats, guard, fail, results):
        self.group, self.pats, self.guard, self.fail, self.results = group, pats, guard, fail, results

    def left(self):
        text = ", ".join(f"{o} == {p}" for o, p in self.pats if p is not None)
        return text + (f" | {self.guard}" if self.guard else "")

    def text(self):
        if self.fail:
            right = f'fail "{self.fail}"'
        else:
            right = ", ".join(f"{r} = {v}" for r, v in self.results)
        return f"{self.group}({self.left()} -> {right})"


def rule(rng, group, own, seen, number):
    operands, results, _, _ = GROUPS[group]
    scope = Scope()
    pats = [(o, pattern(rng, own, seen, scope)) for o in operands]
    g = guard(rng, scope) if rng.random() < 0.6 else None
    fail = f"m{number}" if rng.random() < 0.35 else None
    return Rule(group, pats, g, fail, [(r, value(rng, own, operands, scope)) for r in results])


class Module:
    """One component's module; its policy is called NAME + 'Pol'."""

    def __init__(self, rng, name, others):
        self.name = name
        self.tags = []
        for t in range(rng.randint(2, 3)):
            kinds = [rng.choice(list(TYPES))] if rng.random() < 0.65 else []
            merge = rng.choice(["", " merge all"])
            self.tags.append(((f"{name.upper()}{t}", kinds), merge))
        own = [t for t, _ in self.tags]
        self.imports = [o.name for o in others if rng.random() < 0.5]
        # Types of other modules are other types: their tags are read without arguments.
        seen = own + [(t[0], []) for o in others if o.name in self.imports for t, _ in o.tags]
        self.rules = [rule(rng, rng.choice(list(GROUPS)), own, seen, i) for i in range(rng.randint(2, 7))]
        for g in GROUPS:
            if rng.random() < 0.7:
                operands, results, _, _ = GROUPS[g]
                self.rules.append(Rule(g, [], None, None, [(r, rng.choice(operands)) for r in results]))

    def group(self, g):
        return g

    def text(self):
        lines = [f"module {self.name}:"]
        if self.imports:
            lines += ["import:"] + [f"    {i}" for i in self.imports]
        lines += ["type:"]
        used = {k for t, _ in self.tags for k in t[1]}
        # Every name of a type is the module's own.
        for k, (text, _) in TYPES.items():
            lines.append(f"    data {k} = {text}")
        lines.append("    relation rel(E, E) = { (red, green), (green, blue), (blue, blue) }")
        del used
        lines.append("metadata:")
        lines.append("    " + ", ".join(" ".join([t[0]] + t[1]) + m for t, m in self.tags))
        lines.append("group:")
        for g, (_, _, params, insns) in GROUPS.items():
            lines += [f"    grp {g}{params}", f"        {insns}"]
        lines.append("policy:")
        lines.append(f"    {self.name}Pol =")
        for i, r in enumerate(self.rules):
            lines.append(("        ^ " if i else "          ") + r.text())
        lines.append("require:")
        for bits in range(1 << len(self.tags)):
            text = ", ".join("(" + " ".join([t[0]] + [TYPES[k][1][0] for k in t[1]]) + ")"
                             for i, (t, _) in enumerate(self.tags) if bits >> i & 1)
            lines.append(f"    init ISA.RISCV.Reg.x{bits + 1} {{{text}}}")
            lines.append(f"    init SOC.M{bits} {{{text}}}")
        return "\n".join(lines) + "\n"


class Claim:
    def __init__(self, rng, number, module):
        own = [t for t, _ in module.tags]
        scope = Scope()
        group = rng.choice(module.rules).group
        self.group = group
        self.pats = [(o, pattern(rng, own, own, scope)) for o in GROUPS[group][0]]
        self.guard = guard(rng, scope) if rng.random() < 0.4 else None
        self.title = f"claim {number}"
        roll = rng.random()
        self.message = None
        self.result = None
        if roll < 0.25:
            self.expect = "fail"
        elif roll < 0.4:
            self.expect = "fail explicit"
        elif roll < 0.6:
            self.expect = "allow"
        else:
            self.expect = "results"
            name = rng.choice(own)[0]
            self.result = (GROUPS[group][1][0], rng.choice("+-"), name)

    def text(self):
        left = Rule(self.group, self.pats, self.guard, None, []).left()
        right = self.expect
        if self.result:
            right = f"{self.result[0]} == [{self.result[1]}{self.result[2]}]"
        return f'"{self.title}": {self.group}({left}) -> {right}'


class Policy:
    """Modules m, and claims that stand in the last module, whose composition is `main`."""

    def __init__(self, rng, nmodules):
        self.modules = []
        for name in "abc"[:nmodules]:
            self.modules.append(Module(rng, name, self.modules))
        last = self.modules[-1]
        self.claims = [Claim(rng, i, last) for i in range(4)]

    def files(self, claims):
        """Texts by file name; the main file is the last module's, `top.pol`."""
        texts = {m.name + ".pol": m.text() for m in self.modules}
        names = " & ".join(f"{m.name}Pol" for m in self.modules)
        last = self.modules[-1]
        text = last.text().replace("policy:\n", f"policy:\n    main = {names}\n", 1)
        imports = [m.name for m in self.modules[:-1]]
        head = f"module {last.name}:\n"
        text = text[len(head):]
        if text.startswith("import:\n"):
            text = text[text.index("type:\n"):]
        if imports:
            head += "import:\n" + "".join(f"    {i}\n" for i in imports)
        text = head + text
        if claims:
            text += "prove:\n" + "".join(f"    {c.text()}\n" for c in self.claims)
        texts[last.name + ".pol"] = text
        return texts

    def changed(self, rng):
        """A copy with one change, which need not change what it means."""
        other = copy.deepcopy(self)
        m = rng.choice(other.modules)
        own = [t for t, _ in m.tags]
        i = rng.randrange(len(m.rules))
        roll = rng.random()
        if roll < 0.25 and len(m.rules) > 1:
            j = rng.randrange(len(m.rules) - 1)
            m.rules[j], m.rules[j + 1] = m.rules[j + 1], m.rules[j]
        elif roll < 0.4 and len(m.rules) > 1:
            del m.rules[i]
        elif roll < 0.6:
            m.rules.insert(i, rule(rng, m.rules[i].group, own, own, 90))
        elif roll < 0.8:
            m.rules.insert(min(i + 1, len(m.rules)), copy.deepcopy(m.rules[i]))
        else:
            m.rules[i].guard = None if m.rules[i].guard else "True"
        return other
