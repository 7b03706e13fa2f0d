#!/usr/bin/env bash
# Builds the wheel, installs it in an empty environment away from the checkout, and scores the fixture with it.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
.venv/bin/python -m build --wheel --outdir "$away" . >/dev/null
size=$(du -m "$away"/*.whl | cut -f1)
[ "$size" -lt 100 ] || { echo "the wheel has $size MB, over 100"; exit 1; }
python3 -m venv "$away/venv"
"$away/venv/bin/pip" install --quiet "$(echo "$away"/*.whl)[report]"
cp "$checkout/fixtures/threads/chirundu-market.txt" "$away/"
cd "$away"
venv/bin/modfilter score chirundu-market.txt -o scored.jsonl --quiet
lines=$(wc -l <scored.jsonl)
[ "$lines" -eq 26 ] || { echo "the wheel scored $lines of 26 comments"; exit 1; }
venv/bin/modfilter report scored.jsonl -o report.html --quiet
grep -q "const KEYS" report.html || { echo "the wheel drew a page without its script"; exit 1; }
venv/bin/modfilter models >/dev/null
echo "the wheel ($size MB) scored $lines comments away from the checkout"
