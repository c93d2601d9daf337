"""For all tests: imports `styler` before torch, whose threads it tells how to wait; and their order."""

import pytest

import styler  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long first: one that is begun last keeps a single worker busy at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
