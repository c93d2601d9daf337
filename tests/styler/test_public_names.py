import subprocess
import sys

import pytest

import styler


def test_every_public_name_is_there() -> None:
    for name in styler.__all__:
        assert getattr(styler, name) is not None
    assert list(styler.__all__) == sorted(styler.__all__, key=lambda name: (not name[0].isupper(), name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = styler.nonsense


def test_names_that_are_loaded_late_are_listed_before() -> None:
    code = "import styler, sys; sys.exit(not set(styler.__all__) <= set(dir(styler)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_importing_loads_no_torch() -> None:
    code = "import sys, styler; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
