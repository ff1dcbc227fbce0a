#!/bin/bash
# tier: check
# What `make install` installs can be used: `tests/install/run.sh BUILD`; prints TAP.
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
here=$PWD/tests/install
build=$1
case $build in /*) ;; *) build=$PWD/$build ;; esac
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
number=0
failed=0

# result STATUS NAME: one line of TAP; $tmp/log holds what to show on failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        failed=$((failed + 1))
        head -n 40 "$tmp/log" | sed 's/^/# /'
        echo "not ok $number - $2"
    fi
    : >"$tmp/log"
}
skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}
# try NAME COMMAND...
try() {
    local name=$1
    shift
    "$@" >"$tmp/log" 2>&1
    result $? "$name"
}
# silent NAME COMMAND...: succeeds and says nothing.
silent() {
    local name=$1 status
    shift
    "$@" >"$tmp/log" 2>&1
    status=$?
    [ ! -s "$tmp/log" ] || status=1
    result $status "$name"
}

san=
sanitize=()
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_init; then
    san=SAN=1
    sanitize=(-fsanitize=address,undefined)
fi
root=$tmp/root
usr=$root/usr

# --- installing ------------------------------------------------------------------------------------

artefacts=("$build/policyc" "$build/libpolrt.a" "$build/libpolrt.so")
stat -c '%n %Y %s' "${artefacts[@]}" >"$tmp/before" 2>&1
make --no-print-directory install DESTDIR="$root" PREFIX=/usr BUILD="$build" $san >"$tmp/log" 2>&1
result $? "make install"
[ -x "$usr/bin/policyc" ] || { echo "1..$number"; exit 1; }
stat -c '%n %Y %s' "${artefacts[@]}" | diff "$tmp/before" - >"$tmp/log"
result $? "installing builds nothing"

find "$root" -type f -o -type l | sed "s|^$root||" | sort >"$tmp/installed"
{
    echo /usr/bin/policyc
    for f in runtime/include/pol/*.h; do echo "/usr/include/pol/$(basename "$f")"; done
    printf '%s\n' /usr/lib/libpolrt.a /usr/lib/libpolrt.so /usr/lib/libpolrt.so.0 /usr/lib/pkgconfig/polrt.pc
    for f in stdlib-policies/*.pol; do echo "/usr/share/policyc/policies/$(basename "$f")"; done
    echo /usr/share/man/man1/policyc.1
} | sort >"$tmp/expected"
comm -23 "$tmp/expected" "$tmp/installed" >"$tmp/log"
[ ! -s "$tmp/log" ]
result $? "everything is there"
grep -vE '^/usr/(bin|include/pol|lib|lib/pkgconfig|share/policyc/policies|share/man/man1|share/(bash-completion/completions|zsh/.*|doc/policyc))/[^/]*$' \
    "$tmp/installed" >"$tmp/log"
[ ! -s "$tmp/log" ]
result $? "nothing is elsewhere"
grep -rl "$root" "$usr" >"$tmp/log" 2>/dev/null
[ ! -s "$tmp/log" ]
result $? "no file names DESTDIR"

# --- headers ---------------------------------------------------------------------------------------

for header in "$usr"/include/pol/*.h; do
    name=pol/$(basename "$header")
    echo "#include <$name>" >"$tmp/one.c"
    silent "$name alone is C11" gcc -std=c11 -Wall -Wextra -pedantic -Werror -I"$usr/include" -fsyntax-only "$tmp/one.c"
    if command -v g++ >/dev/null; then
        cp "$tmp/one.c" "$tmp/one.cc"
        silent "$name alone is C++17" \
            g++ -std=c++17 -Wall -Wextra -pedantic -Werror -I"$usr/include" -fsyntax-only "$tmp/one.cc"
    else
        skip "$name alone is C++17" "no g++"
    fi
done

# --- the program -----------------------------------------------------------------------------------

# Elsewhere than in the source tree, so that nothing is found by chance.
mkdir "$tmp/work"
cd "$tmp/work" || exit 2
printf 'module mine:\nimport: rwx taint\npolicy:\n    main = rwxPol & taintPol\n' >mine.pol
unset POLICYC_LIBRARY
silent "the installed policyc finds the installed policies" "$usr/bin/policyc" check mine.pol
# Its own ones, also where others are: a policy that only they have.
echo 'module only-here:' >"$usr/share/policyc/policies/only-here.pol"
printf 'module mine2:\nimport: only-here rwx\npolicy:\n    main = rwxPol\n' >mine2.pol
silent "they are those beside its own folder" "$usr/bin/policyc" check mine2.pol
ln -s "$usr/bin/policyc" linked
silent "a link to it finds them too" ./linked check mine2.pol
rm "$usr/share/policyc/policies/only-here.pol" mine2.pol linked
export POLICYC_LIBRARY=$usr/share/policyc/policies
try "it compiles an installed policy" "$usr/bin/policyc" compile --emit=prt -o "$tmp/work" "$usr/share/policyc/policies/rwx.pol"
strings -a "$build/policyc" 2>/dev/null | grep -x '/.*/share/policyc/policies' >"$tmp/log"
grep -q . "$tmp/log"
result $? "a folder of policies is built in"

# The same build at another place: nothing remembers the first PREFIX.
other=$tmp/other
make --no-print-directory -C "$here/../.." install DESTDIR="$other" PREFIX=/opt/pol BUILD="$build" $san >"$tmp/log" 2>&1
result $? "make install with another PREFIX"
(unset POLICYC_LIBRARY && rm -r "$usr/share/policyc/policies" && "$other/opt/pol/bin/policyc" check mine.pol) >"$tmp/log" 2>&1
result $? "it finds the policies of that PREFIX"
make --no-print-directory -C "$here/../.." install DESTDIR="$root" PREFIX=/usr BUILD="$build" $san >"$tmp/log" 2>&1
grep -x 'prefix=/opt/pol' "$other/opt/pol/lib/pkgconfig/polrt.pc" >"$tmp/log" &&
    grep -x 'prefix=/usr' "$usr/lib/pkgconfig/polrt.pc" >"$tmp/log"
result $? "polrt.pc names the PREFIX of each install"
grep -n 'PREFIX' "$other/opt/pol/share/man/man1/policyc.1" >"$tmp/log"
[ ! -s "$tmp/log" ]
result $? "the man page names real places"

# --- the library -----------------------------------------------------------------------------------

export PKG_CONFIG_PATH=$usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1

# consumer COMPILER SOURCE KIND FLAGS...: links with the shared or the static library and runs.
consumer() {
    local compiler=$1 source=$2 kind=$3 flags libs status=0
    shift 3
    flags=$(pkg-config --cflags polrt) || status=1
    libs=$(pkg-config $([ "$kind" = shared ] || echo --static) --libs polrt) || status=1
    [ "$kind" = shared ] || libs=${libs//-lpolrt/-l:libpolrt.a}
    # shellcheck disable=SC2086
    [ $status = 0 ] && "$compiler" "$@" -Wall -Wextra -Werror "${sanitize[@]}" $flags -o "$tmp/consumer" "$source" $libs &&
        if ldd "$tmp/consumer" 2>/dev/null | grep -q libpolrt; then [ "$kind" = shared ]; else [ "$kind" = static ]; fi &&
        LD_LIBRARY_PATH=$usr/lib "$tmp/consumer" "$tmp/work/rwx.prt"
}
if command -v pkg-config >/dev/null; then
    for kind in shared static; do
        try "a C program with the $kind library runs a step" consumer gcc "$here/consumer.c" $kind -std=c11
        if command -v g++ >/dev/null; then
            try "a C++ program with the $kind library runs a step" consumer g++ "$here/consumer.cc" $kind -std=c++17
        else
            skip "a C++ program with the $kind library runs a step" "no g++"
        fi
    done
    [ "$(pkg-config --modversion polrt)" = "$("$usr/bin/policyc" version | grep -o '[0-9][0-9.]*' | head -n 1)" ]
    result $? "library and program have the same version"
else
    skip "programs link with the library" "no pkg-config"
fi
nm -D --defined-only "$usr/lib/libpolrt.so" | awk '{ print $NF }' |
    grep -vE "^pol_$([ -z "$san" ] || echo '|^__(asan|ubsan|sanitizer|odr_asan)|^_init$|^_fini$')" >"$tmp/log"
[ ! -s "$tmp/log" ]
result $? "libpolrt.so exports pol_ names only"
readelf -d "$usr/lib/libpolrt.so" >"$tmp/log"
grep -q 'SONAME.*libpolrt\.so\.0' "$tmp/log"
result $? "libpolrt.so has its soname"

# --- the man page ----------------------------------------------------------------------------------

page=$usr/share/man/man1/policyc.1
if command -v lexgrog >/dev/null; then
    try "the man page has a name and a summary" lexgrog "$page"
else
    skip "the man page has a name and a summary" "no lexgrog"
fi
if command -v man >/dev/null; then
    MANPAGER=cat MANWIDTH=100 man --warnings -E ascii -l "$page" 2>"$tmp/log" >"$tmp/page"
    [ ! -s "$tmp/log" ] && grep -q 'policyc' "$tmp/page"
    result $? "the man page is set without warnings"
    cp "$tmp/page" "$tmp/log"
    status=0
    for word in NAME SYNOPSIS DESCRIPTION COMMANDS 'EXIT STATUS'; do
        grep -qi "^$word" "$tmp/page" || { echo "no section $word" >>"$tmp/log"; status=1; }
    done
    result $status "the man page has its sections"
else
    skip "the man page is set without warnings" "no man"
fi

# --- the freestanding evaluator ----------------------------------------------------------------------

cd "$here/../.." || exit 2
# freestanding COMPILER NM FLAGS...: the evaluator needs nothing but what a compiler may call by itself: the memory
# functions, and on 32 bits the arithmetic of its own library.
freestanding() {
    local compiler=$1 nm=$2
    shift 2
    "$compiler" -std=c11 -O2 -ffreestanding -nostdlib -Wall -Wextra -Werror "$@" -I. -Iruntime/include \
        -c -o "$tmp/eval.o" runtime/table/eval.c || return 1
    ! "$nm" -u "$tmp/eval.o" | awk '{ print $NF }' | grep -vxE 'memcpy|memset|memmove|memcmp|_GLOBAL_OFFSET_TABLE_|__[a-z]+di3'
}
try "the evaluator is freestanding" freestanding gcc nm
cross=riscv64-unknown-elf
if command -v $cross-gcc >/dev/null; then
    for target in rv64imac:lp64 rv32imac:ilp32; do
        try "the evaluator is freestanding for ${target%:*}" \
            freestanding $cross-gcc $cross-nm "-march=${target%:*}" "-mabi=${target#*:}"
    done
else
    skip "the evaluator is freestanding for RISC-V" "no $cross-gcc"
fi
echo "1..$number"
[ $failed = 0 ]
