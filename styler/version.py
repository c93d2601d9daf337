"""Which version of the engine this is. Loads no torch."""

from importlib.metadata import PackageNotFoundError, version


def engine_version() -> str:
    """Of the package that is installed."""
    try:
        return version("stylebot")
    except PackageNotFoundError:
        return "unknown"  # run from a source tree that was never installed
