#!/bin/bash
# The instruction table against objdump: `tests/isa/run.sh BUILD`; $TIER chooses how many words.
case ${TIER:-check} in
quick) words=20000 ;;
check) words=2000000 ;;
*) words=20000000 ;;
esac
exec bash "$(dirname "$0")/objdump.sh" "$1" "$words"
