"""Writes docs/record.schema.json, the JSON Schema of a record, from the code.

python scripts/write_schema.py
"""

import json
from pathlib import Path

from modfilter.contract import json_schema

Path("docs/record.schema.json").write_text(json.dumps(json_schema(), indent=1) + "\n", encoding="utf-8")
