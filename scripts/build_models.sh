#!/usr/bin/env bash
# Builds every shipped model again, in order: scripts/build_models.sh DATA     (about 3 hours on 2 cores)
# Needs the extra `train`. Each step is seeded and can be run by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?give the folder of the licensed data}
python=${PYTHON:-.venv/bin/python}
"$python" scripts/list_masked_words.py
"$python" scripts/train_language.py --data "$data"
"$python" scripts/build_encoder.py --data "$data"
"$python" scripts/train_student.py --data "$data"
"$python" scripts/calibrate.py
"$python" scripts/train_relevance.py --data "$data"
