#!/bin/sh
# report.sh BUILD: makes the report and opens it in headless Chromium: the claims table filters, formulas are MathML,
# every image is inside the page. Skipped where there is no Chromium.
set -u
build=$1
scripts/report.sh "$build" || { echo "FAILED report"; exit 1; }
echo "ok     report made"
page=report/index.html
outside=$(grep -oE '<(img|script|link)[^>]*(src|href)="[^"]*"' "$page" | grep -vcE '"data:' )
[ "$outside" = 0 ] && echo "ok     nothing is loaded from outside" || { echo "FAILED $outside references leave the page"; exit 1; }
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
    { echo "skip   report in a browser: Chromium is not installed"; exit 0; }
profile=$(mktemp -d)
probe=$build/report/probe.html
trap 'rm -rf "$profile"' EXIT
# the page with a script at its end that uses the filter and writes what it saw into the title
{
    cat "$page"
    cat <<'END'
<script>
const family = document.querySelector('#claims-filter select');
const before = [...document.querySelectorAll('#claims-table tbody tr')].filter(r => !r.hidden).length;
family.value = family.options[1].value; family.dispatchEvent(new Event('input'));
const shown = [...document.querySelectorAll('#claims-table tbody tr')].filter(r => !r.hidden);
const one = shown.length > 0 && shown.every(r => r.cells[0].textContent === family.value);
window.addEventListener('load', () => {
  const broken = [...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.alt);
  const loaded = broken.length === 0 ? 'true' : 'no:' + broken.slice(0, 3).join('_').replaceAll(' ', '_');
  document.title = 'probe ' + before + ' ' + shown.length + ' ' + one + ' ' + loaded + ' ' + document.images.length + ' '
    + document.querySelectorAll('math').length;
});
</script>
END
} >"$probe"
title=$(timeout 120 "$chromium" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --user-data-dir="$profile" \
    --virtual-time-budget=20000 --dump-dom "file://$PWD/$probe" 2>/dev/null | sed -n 's/.*<title>\(probe [^<]*\)<.*/\1/p')
set -- $title # probe, claims, shown, all of the family, images loaded, images, formulas
if [ "${1:-}" = probe ] && [ "$2" -ge "$3" ] && [ "$4" = true ] && [ "$5" = true ] && [ "$6" -gt 0 ] && [ "$7" -gt 0 ]; then
    echo "ok     in Chromium: $2 claims, $3 after the filter; $6 figures loaded, $7 formulas"
else
    echo "FAILED in Chromium: '$title'"
    exit 1
fi
