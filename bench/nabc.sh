#!/bin/sh
# The fast scan for the least a + b + c against the article's own methods, the plain scan in C and GMP, PARI/GP
# and Python with math.isqrt: times in turn, three rounds, the least of each, and their ratios to ours. All must
# find the same sum.
#
# usage: nabc.sh BUILD [ROUNDS]
set -eu
build=${1:?usage: nabc.sh BUILD [ROUNDS]}
rounds=${2:-3}
here=$(dirname "$0")
out=$build/bench/nabc.times
mkdir -p "$build/bench"
: >"$out"
for peer in gp python3; do
    command -v $peer >/dev/null || echo "no $peer here (Debian: pari-gp, python3): compared without it"
done
# of 39, 62, 95, 127 and 161 bits; the first digits of pi, for no reason
for round in $(seq "$rounds"); do
    for n in 314159265358 3141592653589793238 31415926535897932384626433832 \
        170141183460469231731687303715884105727 1606938044258990275541962092341162602522202993783; do
        "$build/bench/nabc" $n >>"$out"
        [ ${#n} -lt 45 ] || continue # a minute and more for the others
        if command -v gp >/dev/null; then
            # without the echo of the definition
            (echo "n = $n;" && cat "$here/nabc.gp") | gp -q -f | grep '^[0-9]' >>"$out"
        fi
        if command -v python3 >/dev/null; then
            python3 "$here/nabc.py" $n >>"$out"
        fi
    done
done
awk -v name=nabc -v base=fast -v allowed=0 -f "$here/least.awk" "$out"
