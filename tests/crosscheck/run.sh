#!/bin/bash
# tier: check
# What policyc says about random policies, against z3: `tests/crosscheck/run.sh BUILD`; prints TAP.
#
# crosscheck.py says what is compared.  TIER=check: a few dozen policies; long: thousands.  The seeds are fixed.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
ok() { echo "ok $((count += 1)) - $*"; }
bad() {
    echo "not ok $((count += 1)) - $*"
    failed=1
}
if ! command -v z3 >/dev/null || ! command -v python3 >/dev/null; then
    ok "random policies against z3 # SKIP z3 or python3 is not installed"
    echo "1..$count"
    exit 0
fi
case ${TIER:-check} in
long) policies=3000 ;;
*) policies=150 ;;
esac
export PYTHONDONTWRITEBYTECODE=1
run() { python3 tests/crosscheck/crosscheck.py "$build/policyc" "$@" >"$tmp/out" 2>&1; }

# A kind of answer that never came says nothing.
run $policies 1 "$tmp"
status=$?
if [ $status = 0 ] && grep -q '^disagreements: 0$' "$tmp/out"; then ok "$policies policies: $(grep '^counts: ' "$tmp/out")"
else
    bad "$policies policies agree with z3"
    tail -n 20 "$tmp/out" | cut -c1-600 | sed 's/^/# /'
fi
for kind in never-matches shadowed-rule union-conflict false-claim vacuous-claim 'true claims' different equal eval; do
    n=$(sed -n "s/^counts:.*[ ,]$kind \([0-9]*\).*/\1/p" "$tmp/out")
    if [ "${n:-0}" -gt 5 ]; then ok "$n answers of the kind $kind"
    else bad "too few answers of the kind $kind: ${n:-0}"; fi
done

# What z3 is told is wrong: it must show.
for fault in guards order unions; do
    if run 12 2 "$tmp" $fault || ! grep -q '^disagreements: [1-9]' "$tmp/out"; then bad "wrong $fault are noticed"
    else ok "wrong $fault are noticed: $(grep '^disagreements: ' "$tmp/out")"; fi
done
echo "1..$count"
exit $failed
