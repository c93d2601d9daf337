"""Texts: complete in every language, every key used, every value filled in, plural forms right."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.introduction import COMMANDS
from bot.sandbox.html_entities import parse_html
from bot.texts import LOCALES, Html, duration, label, language_of, languages, text

BOT = Path(__file__).parents[2] / "bot"
KEY = re.compile(r"[a-z]+(-[a-z]+)*")


class Values(Visitor):
    """Collects the names of the values that a message wants."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:
        self.names.add(node.id.name)


def messages(language: str) -> dict[str, set[str]]:
    """Key -> the values it wants."""
    resource = FluentParser().parse((LOCALES / f"{language}.ftl").read_text())
    found = {}
    for entry in resource.body:
        assert not isinstance(entry, ftl.Junk), f"{language}.ftl: {entry.content}"
        if isinstance(entry, ftl.Message):
            values = Values()
            values.visit(entry)
            assert entry.id.name not in found, f"{entry.id.name} is there twice"
            found[entry.id.name] = values.names
    return found


def strings_of_the_code() -> Iterator[str]:
    for file in BOT.rglob("*.py"):
        if "sandbox" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def calls_of_the_code() -> Iterator[tuple[str, ast.Call]]:
    """Calls of text() and label() with a key written out, and that key."""
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"text", "label"}
                and len(node.args) == 2
                and isinstance(node.args[1], ast.Constant)
            ):
                yield node.args[1].value, node


def test_there_are_two_languages() -> None:
    assert languages() == ("en", "ru")


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys_and_values(language: str) -> None:
    assert messages(language) == messages("en")


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    keys = set(messages("en"))
    used = {string for string in strings_of_the_code() if string in keys}
    used |= {f"command-{name}" for name in COMMANDS}
    assert keys - used == set()
    assert {key for key, _ in calls_of_the_code()} - keys == set()


def test_every_call_gives_the_values_that_its_text_wants() -> None:
    wanted = messages("en")
    checked = 0
    for key, call in calls_of_the_code():
        given = {keyword.arg for keyword in call.keywords}
        assert wanted[key] <= given, key
        checked += 1
    assert checked > 40


@pytest.mark.parametrize("language", languages())
def test_every_text_can_be_said(language: str) -> None:
    numbers = {"count", "own", "people", "number", "hours", "limit", "used", "left"}
    numbers |= {"days", "page", "pages", "percent", "megabytes", "most"}
    for key, names in messages(language).items():
        for number in (0, 1, 2, 5, 21):
            values = {name: number if name in numbers else "x" for name in names}
            said = text(language, key, **values)
            assert said.strip()
            assert "{" not in said
            parse_html(said)  # raises as Telegram would


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (1, "1 человек"),
        (2, "2 человека"),
        (5, "5 человек"),
        (11, "11 человек"),
        (22, "22 человека"),
        (104, "104 человека"),
    ],
)
def test_russian_plural_forms(number: int, form: str) -> None:
    assert text("ru", "waits-for-people", people=number) == f"Перед вами {form}."


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0, "5 seconds", "5 секунд"),
        (13, "15 seconds", "15 секунд"),
        (56, "55 seconds", "55 секунд"),
        (58, "1 minute", "1 минуту"),
        (60, "1 minute", "1 минуту"),
        (150, "2 minutes", "2 минуты"),
        (300, "5 minutes", "5 минут"),
        (3590, "1 hour", "1 час"),
        (3600, "1 hour", "1 час"),
        (3 * 3600, "3 hours", "3 часа"),
    ],
)
def test_lengths_of_time(seconds: float, english: str, russian: str) -> None:
    assert duration("en", seconds) == english
    assert duration("ru", seconds) == russian


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", "ru"), ("ru-RU", "ru"), ("RU_ru", "ru"), ("en-GB", "en"), ("de", "en"), ("", "en"), (None, "en")],
)
def test_whose_telegram_speaks_what(code: str | None, language: str) -> None:
    assert language_of(code) == language


def test_what_people_write_is_no_markup() -> None:
    assert "&lt;b&gt; &amp;" in text("en", "unknown-style", name="<b> &")
    assert "<i>mine</i>" in text("en", "unknown-style", name=Html("<i>mine</i>"))
    assert label("en", "button-cancel-job", style="A & B") == "Cancel “A & B”"


def test_a_missing_value_or_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="ask-for-photo"):
        text("en", "ask-for-photo")
    with pytest.raises(LookupError):
        text("en", "no-such-key")
