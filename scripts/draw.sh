#!/bin/sh
# draw.sh SCRIPT.gp TARGET: draws TARGET.svg and TARGET.png. The script sees `data` (its family's results) and the
# styles of plots/style.gp, which also opens the output.
set -eu
family=$(basename "$(dirname "$1")")
for format in svg png; do
    gnuplot -e "format='$format'; target='$2.$format.part'; data='results/$family/'" plots/style.gp "$1"
    # the time of drawing is not part of a figure
    mv "$2.$format.part" "$2.$format"
done
