"""Imports `styler` before anything imports torch: it sets how torch's threads wait."""

import styler  # noqa: F401
