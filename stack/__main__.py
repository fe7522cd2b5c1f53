"""Entry of `./s2v`: puts the project on the import path and hands over to `stack.command`."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from stack.command import main  # noqa: E402  (the path has to be set first)

sys.exit(main(sys.argv[1:]))
