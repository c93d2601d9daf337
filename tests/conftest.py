"""What has to be so before anything imports torch."""

import os

# OpenMP's threads wait by spinning: on few cores, beside other work, that makes tests several times slower.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
