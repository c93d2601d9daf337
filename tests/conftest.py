"""Imports `styler` before anything imports torch: it sets how torch's threads wait."""

import os

# Where several run at once there are no cores for a second thread of each. What they start hears it too.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import styler  # noqa: F401
