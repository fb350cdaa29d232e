#!/bin/sh
# Installs the Debian 12 packages the lab needs and lacks: as root or through sudo, without questions.
# Elsewhere it prints what to install and stops. Peers of the benchmarks and the fuzzers' compiler are optional.
set -eu
packages="gcc make libc6-dev libgsl-dev libopenblas-pthread-dev liblapacke-dev librandom123-dev libinih-dev \
libcmocka-dev libgmp-dev libmpfr-dev libfftw3-dev gnuplot-nox fonts-dejavu-core pandoc wamerican perl-modules-5.36"

if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian. Install what these Debian 12 packages hold, then create build/deps.ok:" $packages >&2
    exit 2
fi
missing=
for p in $packages; do
    [ "$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null)" = "install ok installed" ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo="sudo -n"
else
    echo "Missing packages. As root: apt-get install$missing" >&2
    exit 2
fi
echo "installing$missing"
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
