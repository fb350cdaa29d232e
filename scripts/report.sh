#!/bin/sh
# report.sh BUILD: report/index.html, one self-contained page: the index of experiments, a table of all claims to
# filter, every family's page with its figures and the runs behind them.
set -eu
build=$1
mkdir -p report "$build/report"
all=$build/report/all.md

# A page with its links made relative to the root, its headings one deeper, its anchors kept.
page() {
    sed -e 's#](\.\./\.\./#](#g' -e 's/^#/##/' "$1"
}
{
    sed 's#](experiments/\([a-z0-9_-]*\)/README.md)#](\#family-\1)#g' EXPERIMENTS.md
    printf '\n## All claims\n\n'
    printf '<div>\n'
    "$build/tools/claims_html" results/claims.csv
    printf '</div>\n\n'
    for readme in experiments/*/README.md; do
        family=$(basename "$(dirname "$readme")")
        printf '\n<div id="family-%s"></div>\n\n' "$family"
        page "$readme"
        printf '\n*Behind these numbers:* '
        for f in results/"$family"/*.measured.csv; do
            [ -e "$f" ] || continue
            program=$(basename "$f" .measured.csv)
            record=$build/run/$family/$program.json
            printf '`%s` (%s profile, seed %s' "$program" "$(sed -n 's/^# profile: //p' "$f")" "$(sed -n 's/^# seed: //p' "$f")"
            [ -e "$record" ] && printf ', %s s' "$(sed -n 's/.*"wall_s": \([0-9.]*\).*/\1/p' "$record")"
            printf '), '
        done
        printf 'committed under [results/%s](results/%s).\n\n' "$family" "$family"
    done
} >"$all"
cat >"$build/report/style.html" <<'END'
<style>
body { max-width: 62rem; margin: auto; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: #222; }
table { border-collapse: collapse; font-size: 0.85em; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25em 0.6em; text-align: left; vertical-align: top; }
img { max-width: 100%; }
td img { max-width: 14rem; }
#claims-filter label { margin-right: 1em; }
nav#TOC ul ul { display: none; }
code { background: #f3f3f3; }
</style>
END
# links to data lead out of the folder of the report; images are taken in
pandoc -f gfm+tex_math_dollars -t html5 --mathml --self-contained --standalone --toc --toc-depth=3 \
    --metadata pagetitle="Kexue Lab: the claims and the numbers" -H "$build/report/style.html" \
    --resource-path=. "$all" -o "$build/report/index.html" 2>"$build/report/pandoc.log" || { cat "$build/report/pandoc.log" >&2; exit 2; }
sed -e 's#href="results/#href="../results/#g' -e 's#href="plots/#href="../plots/#g' -e 's#href="experiments/#href="../experiments/#g' \
    -e 's#href="lib/#href="../lib/#g' "$build/report/index.html" >report/index.html.tmp
mv report/index.html.tmp report/index.html
grep -i warning "$build/report/pandoc.log" >&2 || true
echo "report/index.html: $(wc -c <report/index.html) bytes"
