#!/bin/sh
# Golden tests of the parser.  usage: run.sh BUILD
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec "${1:?usage: run.sh BUILD}/unit/lang_golden_test" "$here"
