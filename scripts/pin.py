"""Records the hash of each file of a model again, after one was changed by hand (models/harms/terms.toml).

python scripts/pin.py models/harms
"""

import sys
from pathlib import Path

from publish import pin

if __name__ == "__main__":
    for name in sys.argv[1:]:
        pin(Path(name))
