"""A reader of the text that `policyc compile --emit=ir` prints (docs/formats/ir.md): as much as small policies need."""

import re


class Ir:
    def __init__(self, text):
        self.tags = []        # dicts: name, domain, merge, args (dict limit, values, lattice)
        self.values = {}      # id: names
        self.lattices = []    # dicts: size, below (pairs a < b, direct)
        self.relations = []   # dicts: limits, bits
        self.domains = []     # dicts: kind, decider
        self.deciders = []    # dicts: name, is_global, domain, rules
        self.opclasses = []   # dicts: id, name, form, groups
        self.groups = {}      # id: name
        self.decode = []      # (match, mask, opclass)
        self.read(text)

    def read(self, text):
        last = None
        for line in text.split("\n"):
            if not line:
                continue
            words = line.split()
            kind = words[0]
            if line[0] != " ":
                last = kind
                handler = getattr(self, "on_" + kind, None)
                if handler:
                    handler(words, line)
            elif last == "lattice":
                a = int(words[0])
                self.lattices[-1]["below"] += [(a, int(b)) for b in words[2:]]
            elif last == "relation" and kind == "bits":
                self.relations[-1]["bits"] += [int(w, 16) for w in words[1:]]
            elif last == "decider":
                self.in_decider(words, line)

    def on_values(self, words, _):
        self.values[int(words[1])] = words[2:]

    def on_lattice(self, words, _):
        self.lattices.append({"name": words[2], "size": int(words[4]), "below": []})

    def on_relation(self, words, _):
        self.relations.append({"name": words[2], "limits": [int(w) for w in words[4:]], "bits": []})

    def on_tag(self, words, _):
        args = []
        for w in words[7:]:
            parts = w.split(":")
            if parts[0] != "int":
                raise ValueError("sets as arguments are not read: " + w)
            arg = {"limit": int(parts[1]), "values": None, "lattice": None}
            rest = parts[2:]
            while rest:
                arg[rest[0]] = int(rest[1])
                rest = rest[2:]
            args.append(arg)
        self.tags.append({"name": words[2], "domain": int(words[4]), "merge": words[6], "args": args})

    def on_domain(self, words, _):
        self.domains.append({"kind": words[2], "name": words[3]})

    def on_group(self, words, _):
        self.groups[int(words[1])] = words[2]

    def on_decider(self, words, _):
        self.deciders.append({"name": words[3], "is_global": words[2] == "global", "domain": int(words[5]), "rules": []})

    def in_decider(self, words, line):
        kind = words[0]
        if kind == "rule":
            group = int(words[5]) if words[4] == "group" else None
            self.deciders[-1]["rules"].append({"place": words[2], "group": group, "when": {}, "guard": None,
                                               "allow": False, "message": None, "results": {}})
            return
        rule = self.deciders[-1]["rules"][-1]
        if kind == "when":
            rule["when"][words[1]] = words[2:]
        elif kind == "guard":
            rule["guard"] = parse(line.strip()[len("guard "):])
        elif kind == "allow":
            rule["allow"] = True
        elif kind == "fail":
            rule["message"] = re.match(r'\s*fail "((?:[^"\\]|\\.)*)"', line).group(1)
        elif kind in ("env", "rd", "csr", "mem") and words[1] == "=":
            rule["results"][kind] = parse(line.split("=", 1)[1].strip())

    def on_opclass(self, words, _):
        if len(words) < 6 or words[3] != "sample":
            return
        f = words.index("form")
        form = {"op1": words[f + 1], "op2": words[f + 2], "op3": words[f + 3], "mem": words[f + 5].split(":")[0],
                "rd": words[f + 7], "csr": words[f + 9]}
        self.opclasses.append({"id": int(words[1]), "name": words[2], "form": form, "sample": words[4],
                               "groups": [int(w) for w in words[words.index("groups") + 1:]]})

    def on_decode(self, words, _):
        match, mask = words[1].split("/")
        self.decode.append((int(match, 16), int(mask, 16), int(words[2])))

    def opclass_of(self, word):
        for match, mask, opclass in self.decode:
            if word & mask == match:
                return next((c for c in self.opclasses if c["id"] == opclass), None)
        return None

    def tag_id(self, name):
        for i, t in enumerate(self.tags):
            if t["name"] == name:
                return i
        raise KeyError(name)


REF = re.compile(r"(new-)?(env|code|op1|op2|op3|mem|rd|csr)\.\(([^)]*)\)\.(\d+)")


def tokens(text):
    """Parentheses, references, words."""
    i = 0
    while i < len(text):
        if text[i].isspace():
            i += 1
            continue
        m = REF.match(text, i)
        if m:
            yield ("ref", m.group(2), m.group(3), int(m.group(4)))
            i = m.end()
        elif text[i] in "()":
            yield text[i]
            i += 1
        else:
            m = re.compile(r"[^\s()]+").match(text, i)
            yield m.group(0)
            i = m.end()


def parse(text):
    """Nested lists; `+T(a b)` of a modification becomes ['+T', '(', ..] by adjacency: see builder."""
    stack = [[]]
    for t in tokens(text):
        if t == "(":
            stack.append([])
        elif t == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(t)
    if len(stack) != 1 or len(stack[0]) != 1:
        raise ValueError("not one expression: " + text)
    return stack[0][0]
