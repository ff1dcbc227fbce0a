#!/usr/bin/env python3
"""Follows docs/tutorial.md: writes its files, runs its commands, compares what they print.

    tutorial.py FILE.md BUILD [--update]

A block after `<!-- file: NAME -->` is written to NAME; after `<!-- append: NAME -->` it is added at NAME's end.  In a
block of the language `console`, a line `$ COMMAND` is run by bash in one folder for the whole page, and
what follows, up to the next such line, must be its output (both streams); `[exit N]` at the end
states an exit status other than 0.  `[...]` stands for anything.  Prints TAP.  --update puts what is
printed today in place of the outputs that have no `[...]`.
"""
import os
import re
import subprocess
import sys
import tempfile

MARK = re.compile(r"<!-- (file|append): (\S+) -->")


def blocks(lines):
    """Yields (mark or None, language, first line, one past the last line) of the contents."""
    mark, start, language = None, None, ""
    for number, line in enumerate(lines):
        if start is not None:
            if line == "```":
                yield mark, language, start, number
                mark, start = None, None
        elif line.startswith("```"):
            start, language = number + 1, line[3:].strip()
        elif MARK.fullmatch(line):
            mark = MARK.fullmatch(line).groups()
        elif line:
            mark = None


def run(command, folder, environment):
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    out = [line.rstrip() for line in done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n")]
    out = [] if out == [""] else out
    return out + ([f"[exit {done.returncode}]"] if done.returncode else [])


def matches(want, have):
    parts = "\n".join(want).split("[...]")
    pattern = "(?s)" + ".*".join(re.escape(part) for part in parts)
    return want == have if len(parts) == 1 else re.fullmatch(pattern, "\n".join(have)) is not None


def commands(lines):
    """Splits a console block into (command, output lines)."""
    parts = []
    for line in lines:
        if line.startswith("$ "):
            parts.append((line[2:], []))
        elif parts:
            parts[-1][1].append(line)
        else:
            sys.exit(f"output before the first command: {line}")
    return parts


class Page:
    def __init__(self, build, update):
        self.folder = tempfile.TemporaryDirectory()
        self.update, self.count, self.bad = update, 0, 0
        self.environment = dict(os.environ, LC_ALL="C", COLUMNS="100",
                                PATH=os.path.realpath(build) + ":" + os.environ["PATH"],
                                POLICYC_LIBRARY=os.path.realpath("stdlib-policies"))

    def write(self, mark, text):
        kind, name = mark
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w" if kind == "file" else "a", encoding="utf-8") as out:
            out.write(text)

    def console(self, lines):
        """Runs a block; returns its lines as they should be."""
        result = []
        for command, want in commands(lines):
            have = run(command, self.folder.name, self.environment)
            good = matches(want, have)
            self.count += 1
            self.bad += not good
            print(f"{'ok' if good else 'not ok'} {self.count} - {command}")
            if not good:
                print("\n".join(["# wanted:"] + ["#   " + line for line in want] +
                                ["# came:"] + ["#   " + line for line in have]))
            result += ["$ " + command] + (want if any("[...]" in line for line in want) else have)
        return result


def main(path, build, update):
    with open(path, encoding="utf-8") as page:
        lines = page.read().split("\n")
    page, out, copied = Page(build, update), [], 0
    for mark, language, first, end in blocks(lines):
        out += lines[copied:first]
        body = lines[first:end]
        if mark:
            page.write(mark, "\n".join(body) + "\n")
        elif language == "console":
            body = page.console(body)
        out += body
        copied = end
    print(f"1..{page.count}")
    if update:
        with open(path, "w", encoding="utf-8") as rewritten:
            rewritten.write("\n".join(out + lines[copied:]))
    return 1 if page.bad or not page.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], "--update" in sys.argv[3:]))
