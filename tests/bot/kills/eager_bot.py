"""The real bot with the real engine; paintings are kept twice a second instead of every ten seconds."""

import sys

from bot import executor
from bot.__main__ import main

if __name__ == "__main__":
    executor.CHECKPOINT_SECONDS = 0.5
    sys.exit(main())
