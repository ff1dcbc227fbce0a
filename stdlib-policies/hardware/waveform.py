#!/usr/bin/env python3
"""Draws the cycles around a violation: waveform.py RUN.vcd RUN.names TITLE >RUN.svg

RUN.vcd and RUN.names are what `replay --vcd --names` writes.  A column is a clock cycle; every row but the clock shows a
signal of tag_core as it is before the cycle's end.  Tags are shown while the unit is asked; grey is what nobody looks at.
"""
import sys
from xml.sax.saxutils import escape

COLUMN, ROW, LEFT, TOP = 78, 30, 96, 64
BEFORE, AFTER = 13, 3
INK, FAINT, LINE, RED, FILL = "#1f2933", "#7b8794", "#3e5c76", "#c1121f", "#e8eef4"
STATES = ["read code", "read code", "read code", "read mem", "ask", "wait", "write", "untagged"]


def read_vcd(path):
    """The values of tag_core's signals in each cycle, by name, as integers; and the signals' widths."""
    ids, widths, values, cycles, scopes, seen = {}, {}, {}, [], [], False
    with open(path, encoding="ascii") as lines:
        for line in lines:
            words = line.split()
            if not words:
                continue
            if words[0] == "$scope":
                scopes.append(words[2])
            elif words[0] == "$upscope":
                scopes.pop()
            elif words[0] == "$var" and scopes[-1] == "tag_core":
                ids.setdefault(words[3], []).append(words[4])
                widths[words[4]] = int(words[2])
            elif words[0][0] == "#":
                # A cycle ends where the clock is about to rise.
                if seen and values.get("clk") == 0:
                    cycles.append(dict(values))
                seen = True
            elif words[0][0] in "01":
                change(ids, values, words[0][1:], words[0][0])
            elif words[0][0] == "b":
                change(ids, values, words[1], words[0][1:])
    return cycles, widths


def change(ids, values, key, bits):
    for name in ids.get(key, []):
        values[name] = int(bits.replace("x", "0").replace("z", "0"), 2)


def read_names(path):
    tags, insns, rules = {}, {}, {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            kind, rest = line.rstrip("\n").split(" ", 1)
            if kind == "tag":
                word, text = rest.split(" ", 1)
                tags[int(word, 16)] = text
            elif kind == "insn":
                word, operands, text = rest.split(" ", 2)
                insns[int(word, 16)] = operands, text
            else:
                decider, rule, text = rest.split(" ", 2)
                rules[int(decider), int(rule)] = text
    return tags, insns, rules


class Picture:
    def __init__(self, columns):
        self.width, self.parts, self.row = LEFT + columns * COLUMN + 16, [], 0

    def add(self, text):
        self.parts.append(text)

    def text(self, x, y, text, size=10.5, colour=INK, anchor="middle", weight="normal"):
        self.add(f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}" text-anchor="{anchor}" '
                 f'font-weight="{weight}">{escape(text)}</text>')

    def label(self, name):
        y = TOP + self.row * ROW
        self.text(LEFT - 10, y + 19, name, 12, INK, "end")
        return y

    def bits(self, name, values, colour=LINE, fill=None):
        """A signal of one bit, each value for a column; the clock has two values a column."""
        y, step = self.label(name), COLUMN * 1.0 / (len(values) // self.columns())
        points, x = [], LEFT
        for value in values:
            level = y + (6 if value else 24)
            points += [f"{x:g},{level:g}", f"{x + step:g},{level:g}"]
            if fill and value:
                self.add(f'<rect x="{x:g}" y="{y + 6}" width="{step:g}" height="18" fill="{fill}"/>')
            x += step
        self.add(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.4"/>')
        self.row += 1

    def bus(self, name, values, colour=LINE, fill=FILL):
        """A signal of several bits: runs of equal texts are one box; None is a thin line."""
        y, i = self.label(name), 0
        while i < len(values):
            end = i
            while end < len(values) and values[end] == values[i]:
                end += 1
            self.box(LEFT + i * COLUMN, LEFT + end * COLUMN, y, values[i], colour, fill)
            i = end
        self.row += 1

    def box(self, left, right, y, text, colour, fill):
        if text is None:
            self.add(f'<line x1="{left}" y1="{y + 15}" x2="{right}" y2="{y + 15}" stroke="#c3cdd6"/>')
            return
        corner = f"{left},{y + 15} {left + 4},{y + 6} {right - 4},{y + 6} {right},{y + 15} {right - 4},{y + 24} {left + 4},{y + 24}"
        self.add(f'<polygon points="{corner}" fill="{fill}" stroke="{colour}" stroke-width="1.1"/>')
        room = (right - left - 16) / 6.1
        self.text((left + right) / 2, y + 18.6, text, 10.5 if len(text) <= room else max(7.0, 10.5 * room / len(text)))

    def columns(self):
        return (self.width - LEFT - 16) // COLUMN

    def svg(self, title, note, mark):
        height = TOP + self.row * ROW + 30
        x = LEFT + mark * COLUMN
        head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}" width="{self.width}" '
                f'height="{height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">',
                f'<rect width="{self.width}" height="{height}" fill="#ffffff"/>',
                f'<rect x="{x}" y="{TOP - 4}" width="{COLUMN}" height="{self.row * ROW + 8}" fill="#fdecec"/>']
        for i in range(self.columns() + 1):
            head.append(f'<line x1="{LEFT + i * COLUMN}" y1="{TOP - 4}" x2="{LEFT + i * COLUMN}" '
                        f'y2="{TOP + self.row * ROW + 4}" stroke="#e4e9ee" stroke-dasharray="2 3"/>')
        self.text(16, 26, title, 15, INK, "start", "bold")
        self.text(16, 46, note, 11.5, FAINT, "start")
        self.text(x + COLUMN / 2, TOP + self.row * ROW + 20, "would retire here", 11, RED, "middle", "bold")
        return "\n".join(head + self.parts + ["</svg>"]) + "\n"


def accessed(cycle, widths, name):
    """The tags of the granules that the beat is about."""
    width = widths["ci_tag"]
    granules = widths["store_tags"] // width
    granule = widths["beat_mask"] // granules
    found = []
    for slot in range(granules):
        if cycle["beat_mask"] >> slot * granule & ((1 << granule) - 1):
            found.append(name(cycle["store_tags"] >> slot * width & ((1 << width) - 1)))
    return found[0] if len(set(found)) == 1 else " ".join(found) or None


def tag_rows(cycles, widths, tags, insns):
    """Texts of the operands that the instruction has, where the unit is asked."""
    def name(word):
        return tags.get(word, "?")

    rows = {"code": [], "op1": [], "op2": [], "mem": []}
    for cycle in cycles:
        asked = cycle["in_valid"] == 1
        operands = insns.get(cycle["insn"], ("12", ""))[0]
        rows["code"].append(name(cycle["ci_tag"]) if asked else None)
        for i in "12":
            rows["op" + i].append(name(cycle[f"op{i}_tag"]) if asked and i in operands else None)
        rows["mem"].append(accessed(cycle, widths, name) if asked else None)
    return rows


def window(cycles):
    """The first cycle to show, where an instruction begins, and that of the violation."""
    first = next((i for i, c in enumerate(cycles) if c["violation"]), len(cycles) - 1 - AFTER)
    start = max(1, first - BEFORE)
    while start < first and cycles[start]["insn_pc"] == cycles[start - 1]["insn_pc"]:
        start += 1
    return start, first


def rule_text(cycle, rules):
    if not cycle["violation"]:
        return None
    return rules.get((cycle["decider"], cycle["rule"]), "untagged memory" if cycle["untagged"] else "no rule")


def draw(cycles, widths, names, title):
    tags, insns, rules = names
    start, first = window(cycles)
    shown = cycles[start:first + AFTER + 1]
    picture = Picture(len(shown))
    valid = [c["insn_valid"] == 1 for c in shown]
    rule = rule_text(cycles[first], rules)
    place, _, message = (rule or "").partition(" ")
    picture.bits("clk", [1, 0] * len(shown))
    picture.bus("insn_pc", [f'{c["insn_pc"]:#x}' if v else None for c, v in zip(shown, valid)])
    picture.bus("insn", [insns.get(c["insn"], ("", f'{c["insn"]:08x}'))[1] if v else None for c, v in zip(shown, valid)])
    picture.bus("state", [None if c["stopped"] or not v else STATES[c["state"]] for c, v in zip(shown, valid)],
                FAINT, "#ffffff")
    picture.bits("in_valid", [c["in_valid"] for c in shown])
    for name, row in tag_rows(shown, widths, tags, insns).items():
        picture.bus(name, row)
    picture.bits("allow", [c["allow"] for c in shown], "#2d6a4f", "#d8f3dc")
    picture.bits("done", [c["done"] for c in shown], "#2d6a4f", "#d8f3dc")
    picture.bits("violation", [c["violation"] for c in shown], RED, "#f8c9cc")
    picture.bus("rule", [place if c["violation"] else None for c in shown], RED, "#fdecec")
    return picture.svg(title, message or "no violation", first - start)


def main(arguments):
    if len(arguments) != 4:
        sys.exit(__doc__)
    cycles, widths = read_vcd(arguments[1])
    sys.stdout.write(draw(cycles, widths, read_names(arguments[2]), arguments[3]))


if __name__ == "__main__":
    main(sys.argv)
