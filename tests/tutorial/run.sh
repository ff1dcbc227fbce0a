#!/bin/bash
# The tutorial: what it says is typed in, and must print what it says.
# After a change that is meant: python3 tests/tutorial/tutorial.py docs/tutorial.md build --update
cd "$(dirname "$0")/../.." || exit 2
command -v python3 >/dev/null || {
    echo "ok 1 - the tutorial # SKIP python3 is not installed"
    echo 1..1
    exit 0
}
exec python3 tests/tutorial/tutorial.py docs/tutorial.md "$1"
