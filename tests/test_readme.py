"""The README says what the code does: every setting, command and option is there, and none that is not."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from bot.handlers.routes import handlers
from bot.settings import Settings
from styler.command.arguments import build_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return re.split(r"^##+ ", README.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| .+ \|$", section("Settings"), re.MULTILINE))
    assert list(rows) == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        shown = rows[name.upper()].strip("`")
        default = field.default
        secret = getattr(default, "get_secret_value", lambda: None)()
        empty = default is None or default == frozenset() or secret == "" or default == ""
        assert shown == ("" if empty else str(default)), name


def test_every_chat_command_is_listed() -> None:
    listed = set(re.findall(r"^\| `/(\w+)", section("In the chat"), re.MULTILINE))
    commands = {name for _, handler in handlers() for name in sorted(getattr(handler, "commands", []))}
    assert listed == commands - {"styles"}  # a second spelling of /style


def test_every_option_of_the_command_is_listed() -> None:
    listed = set(re.findall(r"`(--?[a-z-]+)`", section("The command").partition("| option |")[2]))
    options = {flag for action in build_parser()._actions for flag in action.option_strings}
    assert listed == options - {"-h", "--help"}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(((?!https?:)[^)]+)\)", README))))
def test_links_lead_somewhere(target: str) -> None:
    path, _, heading = target.partition("#")
    assert (ROOT / path).exists()
    if heading:
        titles = re.findall(r"^#+ (.+)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_packages_that_it_installs_are_those_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = re.findall(r"'(\w+[<>=][^']+)'", README)
    assert [re.match(r"\w+", each)[0] for each in named] == ["torch", "torchvision"]
    assert set(named) <= set(project["dependencies"])


def test_files_it_names_are_there() -> None:
    for name in set(re.findall(r"`((?:bot|styler|tests)/[\w./]+)`", README)):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("document", ["docs/chat.md", "docs/reliability.md", "SECURITY.md"])
def test_every_promise_has_its_test(document: str) -> None:
    """The tests that it names are there."""
    sources: dict[str, str] = defaultdict(str)
    for path in (ROOT / "tests").rglob("test_*.py"):
        sources[path.name] += path.read_text(encoding="utf-8")
    source, named = "", 0
    for name in re.findall(r"`(test_\w+(?:\.py)?)`", (ROOT / document).read_text(encoding="utf-8")):
        if name.endswith(".py"):
            assert name in sources, name
            source = sources[name]
        else:
            assert f"def {name}(" in source, name
            named += 1
    assert named > 20


@pytest.mark.parametrize("document", sorted((ROOT / "docs").glob("*.md"), key=lambda path: path.name))
def test_links_of_the_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(((?!https?:|#)[^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_the_pictures_of_the_walk_are_small_and_all_shown() -> None:
    shown = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
    pictures = list((ROOT / "docs" / "walk").iterdir())
    assert pictures
    for picture in pictures:
        assert f"(walk/{picture.name})" in shown
        assert picture.stat().st_size < 250_000
