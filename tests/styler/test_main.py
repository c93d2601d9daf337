"""Ctrl-C in the first moments, while modules are loaded."""

import sys
from importlib.abc import MetaPathFinder

import pytest

from styler.__main__ import main


class CtrlC(MetaPathFinder):
    """Somebody presses it while the command is being loaded."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "styler.cli":
            raise KeyboardInterrupt


def test_ctrl_c_while_the_command_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "styler.cli", raising=False)
    monkeypatch.delattr("styler.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [CtrlC(), *sys.meta_path])
    assert main() == 130
    assert capsys.readouterr().err == "styler: interrupted, no painting was written\n"


def test_ctrl_c_before_the_work(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("styler.cli.parse", interrupted)
    assert main() == 130
    assert capsys.readouterr().err == "styler: interrupted, no painting was written\n"
