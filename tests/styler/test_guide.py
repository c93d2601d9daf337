"""The guide to the engine is true: its examples run, its JSON is the command's, its links lead somewhere."""

import io
import json
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import styler
from styler.cli import main
from styler.command.arguments import build_parser
from styler.options import StyleOptions

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
QUICK = ["--size", "64", "--steps", "2", "--device", "cpu"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if "styler" in line.split("#")[0]]
PIPES = [line for line in COMMANDS if not line.startswith("styler")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Image.Image, style: Image.Image) -> Path:
    """Where the examples run, with the files that they name."""
    photo.save(tmp_path / "photo.jpg")
    photo.rotate(90, expand=True).save(tmp_path / "other.jpg")
    style.save(tmp_path / "painting.png")
    for name, box in (("sky", (0, 0, photo.width, 40)), ("house", (50, 30, 70, 75))):
        mask = Image.new("L", photo.size)
        mask.paste(255, box)
        mask.save(tmp_path / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of `styler ...`, made small and quick."""
    arguments = shlex.split(line, comments=True)[1:]
    asked_badly = "--size 9" in line
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(arguments if asked_badly else [*arguments, *QUICK])
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("line", [line for line in COMMANDS if line not in PIPES])
def test_commands_do_what_they_show(line: str, folder: Path) -> None:
    command, _, comment = line.partition("#")
    expected, _, message = comment.strip().partition(": ")
    status, _, error = run(line)
    assert status == int(expected or 0), error
    assert message in error
    for flag in ("-o", "--animate", "--trace", "--snapshots"):
        if flag in shlex.split(command) and status == 0:
            assert (folder / shlex.split(command)[shlex.split(command).index(flag) + 1]).exists(), flag


@pytest.mark.parametrize("line", PIPES)
def test_pipes(line: str, folder: Path) -> None:
    command = folder / "bin" / "styler"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m styler "$@" {" ".join(QUICK)}\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    subprocess.run(["sh", "-e", "-c", line], env=environment, check=True)
    with Image.open(folder / line.split(">")[1].strip()) as painted:
        assert max(painted.size) == 64


def small(paint: Callable[..., Any]) -> Callable[..., Any]:
    """The same, painting small and quickly whatever is asked."""

    def quickly(*arguments: Any, **keywords: Any) -> Any:
        given = [each for each in arguments if isinstance(each, StyleOptions)]
        others = [each for each in arguments if not isinstance(each, StyleOptions)]
        options = replace(given[0] if given else StyleOptions(), size=64, steps=2, device="cpu")
        return paint(*others, options, **keywords)

    return quickly


def test_the_librarys_examples_run_one_after_the_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(styler, "stylize", small(styler.stylize), raising=False)
    monkeypatch.setattr(styler, "stylize_batch", small(styler.stylize_batch), raising=False)
    monkeypatch.setattr("styler.allocator.keep_memory", lambda: True)  # it would last for the other tests
    names: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "docs/engine.md", "exec"), names)
    told = capsys.readouterr().out
    assert "('great-wave', 'ink', 'painting')" in told
    assert "100% at 64 x 43, 0 s left" in told
    assert "missing - there is no file nowhere.jpg" in told
    for name in ("out.jpg", "scale-1.jpg", "together-2.jpg"):
        assert (folder / name).exists(), name


def keys(value: object) -> object:
    """The shape of a JSON value: the keys of objects, in their order, whatever they hold."""
    return {key: keys(each) for key, each in value.items()} if isinstance(value, dict) else type(value)


def test_the_json_is_the_commands(folder: Path) -> None:
    (line,) = [line for line in COMMANDS if "--json" in line]
    status, out, _ = run(line)
    assert status == 0
    (shown,) = blocks("json")
    assert keys(json.loads(shown)) == keys(json.loads(out))
    assert list(json.loads(shown)) == list(json.loads(out))
    for key in ("content", "styles", "shares", "masks", "output"):
        assert json.loads(shown)[key] == json.loads(out)[key]
    assert json.loads(shown)["options"]["strength"] == json.loads(out)["options"]["strength"]


def test_fields_are_options_of_the_command_of_the_same_name() -> None:
    asked = {action.dest for action in build_parser()._actions}
    assert {field.name for field in fields(StyleOptions)} <= asked


def flags(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def test_every_flag_it_names_is_there() -> None:
    known = {flag for action in build_parser()._actions for flag in action.option_strings}
    assert flags(GUIDE) <= known


def test_the_examples_are_many() -> None:
    assert len(COMMANDS) > 10
    assert len(PIPES) == 1
    assert len(blocks("python")) > 5


def links(path: Path) -> Sequence[str]:
    return re.findall(r"\]\(((?!https?:|#)[^)\s]+)\)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.*")), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    if path.suffix in {".md", ".ipynb"}:
        for target in links(path):
            assert (path.parent / target.split("#")[0]).exists(), target
