"""Texts: complete in every language, every key used, every value filled in, plural forms right."""

import ast
import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot.texts
from bot.chat.introduction import ADMIN_COMMANDS
from bot.chat.settings_menu import SETTINGS, Menu
from bot.chat.words import failure, live_painting, live_waiting, result_caption, sheet_caption
from bot.conversation.refusals import refused
from bot.dialogue import MAX_STYLES
from bot.handlers.meaning import FULLEST_SHEET
from bot.jobs import JobStyle, Waiting
from bot.keyboards import language_keyboard
from bot.painting.painter import Glimpse
from bot.people.preferences import Preferences
from bot.people.quota import QuotaReached
from bot.sandbox import Sandbox
from bot.sandbox.html_entities import parse_html
from bot.sandbox.inputs import MAX_CAPTION
from bot.texts import LOCALES, Html, duration, label, language_of, languages, text
from bot.titles import job_title
from styler import Quality, load_presets
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import says
from tests.bot.some_jobs import a_job
from tests.patience import PATIENCE

PRESETS = load_presets()
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


def calls_of_the_code(folder: Path = BOT) -> Iterator[tuple[str, ast.Call]]:
    """Calls of text(), label() and tell() with a key written out, and that key."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).rpartition(".")[2] in {"text", "label", "tell"}
                and len(node.args) == 2
                and isinstance(node.args[1], ast.Constant)
            ):
                yield node.args[1].value, node


def test_there_are_two_languages_at_least() -> None:
    assert {"en", "ru"} <= set(languages())


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A third language: one more file."""
    for file in LOCALES.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    words = (LOCALES / "en.ftl").read_text().replace("language-name = English", "language-name = Deutsch")
    (tmp_path / "de.ftl").write_text(
        words.replace("status-none = I have nothing", "status-none = Ich habe nichts")
    )
    monkeypatch.setattr("bot.texts.LOCALES", tmp_path)
    bot.texts._bundles.cache_clear()
    yield
    monkeypatch.undo()
    bot.texts._bundles.cache_clear()


def test_a_third_language_is_one_file(german: None) -> None:
    assert languages() == ("en", "de", "ru")
    assert language_of("de-AT") == "de"
    assert text("de", "status-none").startswith("Ich habe nichts")
    shown = [button.text for row in language_keyboard().inline_keyboard for button in row]
    assert shown == ["English", "Deutsch", "Русский"]
    menu = Menu(Preferences(), "de", 768, 1024, Quality.STANDARD)
    assert SETTINGS["language"].choices(menu) == ("en", "de", "ru")
    assert PRESETS["ink"].title("de") == PRESETS["ink"].title("en"), (
        "what is not translated is said in English"
    )


async def test_a_third_language_is_spoken(german: None, start_bot: StartBot, sandbox: Sandbox) -> None:
    jens = sandbox.person(first_name="Jens", language_code="de")
    async with start_bot():
        await jens.send_text("/status")
        await jens.wait_for(says("Ich habe nichts"))
        async with asyncio.timeout(PATIENCE):
            while "de" not in jens._state.profile.short_descriptions:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_keys_and_values(language: str) -> None:
    assert messages(language) == messages("en")


def test_every_key_is_used_and_every_used_key_is_there() -> None:
    keys = set(messages("en"))
    used = {string for string in strings_of_the_code() if string in keys}
    used |= {f"command-{name}" for name in ADMIN_COMMANDS}
    assert keys - used == set()
    assert {key for key, _ in calls_of_the_code()} - keys == set()


def test_every_call_gives_the_values_that_its_text_wants() -> None:
    wanted = messages("en")
    checked = 0
    for key, call in calls_of_the_code():
        given = {keyword.arg for keyword in call.keywords}
        assert wanted[key] == given, f"{key}: a value is missing, or is given and never said"
        checked += 1
    assert checked > 40


@pytest.mark.parametrize("language", languages())
def test_every_text_can_be_said(language: str) -> None:
    numbers = {"count", "own", "people", "number", "hours", "limit", "used", "left"}
    numbers |= {"days", "page", "pages", "percent", "megabytes", "most", "size", "more"}
    for key, names in messages(language).items():
        for number in (0, 1, 2, 5, 21):
            values = {name: number if name in numbers else "x" for name in names}
            said = text(language, key, **values)
            assert said.strip()
            assert "{" not in said
            parse_html(said)  # raises as Telegram would


@pytest.mark.parametrize("language", languages())
def test_no_text_shouts(language: str) -> None:
    for key, names in messages(language).items():
        said = label(language, key, **dict.fromkeys(names, 1))
        assert not re.search(r"[!?]\s*!", said), f"{key}: {said}"


NEXT_STEP = {
    "en": r"please|send|choose|press|tap|reply|write|delete one|try again|/[a-z]{4,}|give me|further up"
    "|will paint (it|them)",
    "ru": r"пожалуйста|пришлите|отправьте|выберите|нажмите|ответьте|напишите|удалите|попробуйте|/[a-z]{4,}"
    "|подождите|посмотрите|сохранил и нарисую",
}
FAULTS = re.compile(
    r"refused-.*|failed-.*|save-(how|nothing|name-taken|too-many)|unknown-.*|queue-.*|too-busy.*|.*-gone|"
    r"stale-.*|not-your-.*|enough-too-early|already-painted|deleted-but-seen|only-pictures|trouble"
)


@pytest.mark.parametrize("language", sorted(NEXT_STEP))
def test_whatever_goes_wrong_the_text_says_what_to_do_next(language: str) -> None:
    faults = {key: names for key, names in messages(language).items() if FAULTS.fullmatch(key)}
    assert len(faults) > 30
    for key, names in faults.items():
        said = label(language, key, **dict.fromkeys(names, 1))
        assert re.search(NEXT_STEP[language], said, re.IGNORECASE), f"{key}: {said}"


@pytest.mark.parametrize("language", languages())
def test_captions_fit_whatever_the_styles_are_called(language: str) -> None:
    long = {name: replace(preset, titles={"en": "Ы" * 300}) for name, preset in PRESETS.items()}
    job = a_job(language=language, styles=tuple(JobStyle(preset=name) for name in list(long)[:MAX_STYLES]))
    job = replace(job, strength=50, keep_colors=True, reduced_to=1024)
    style = job_title(job, long)
    waves = {f"{n}": replace(PRESETS["ink"], titles={"en": "🌊" * (n + 1)}) for n in range(FULLEST_SHEET)}
    captions = [
        result_caption(job, long, "a_bot_with_a_long_name_for_sure"),
        live_waiting(language, style, Waiting(people=100, own=100, seconds=1e6)),
        live_painting(language, style, Glimpse(0.5, 1e6, None)),
        *(failure(language, reason, style) for reason in ("lost", "style", "picture", "memory", "engine")),
        sheet_caption(replace(job, styles=tuple(JobStyle(preset=name) for name in waves)), waves),
        text(language, "ask-for-style"),
        text(language, "choose-style", example="ы" * 60),
    ]
    for caption in captions:
        assert len(parse_html(caption).text.encode("utf-16-le")) // 2 <= MAX_CAPTION, caption


@pytest.mark.parametrize("language", languages())
def test_what_answers_a_press_fits(language: str) -> None:
    """Telegram takes 200 characters, and no markup."""
    calls = calls_of_the_code(BOT / "handlers")
    keys = {key for key, call in calls if isinstance(call.func, ast.Name) and call.func.id == "label"}
    assert len(keys) > 10
    wanted = messages(language)
    for key in keys | {"too-busy", "too-busy-with-yours", "too-busy-closed", "too-busy-quota"}:
        said = label(language, key, **dict.fromkeys(wanted[key], "x" * 30))
        assert len(said) <= 200, key
        assert "<" not in said, key


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


@pytest.mark.parametrize(("seconds", "told"), [(449, "8 minutes"), (89 * 60, "2 hours"), (3600, "1 hour")])
def test_a_time_that_must_pass_is_never_told_too_short(seconds: float, told: str) -> None:
    assert duration("en", seconds, at_least=True) == told


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


def test_of_several_photos_the_first_is_promised_when_the_quota_allows_one() -> None:
    quota = QuotaReached(limit=1, wait=3600)
    assert "this photo and will paint it in about" in refused("en", quota, jobs_per_person=3, kept=1)
    assert "3 photos and will paint the first in about" in refused("en", quota, jobs_per_person=3, kept=3)
    assert "первое из них" in refused("ru", quota, jobs_per_person=3, kept=3)
