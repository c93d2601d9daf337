"""Settings: defaults, faults told clearly and all at once, and the papers that explain them."""

import errno
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.settings import Mode, Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[2]
NAMES = [name.upper() for name in Settings.model_fields]


def faults(**environment: str) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError) as raised:
            load_settings(None)
    return raised.value.faults


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings(None)
    assert settings.bot_token.get_secret_value() == ""
    assert settings.bot_api_url == "https://api.telegram.org"
    assert settings.bot_mode is Mode.POLLING
    assert settings.presets_dir == Path("data/presets")


@pytest.mark.parametrize("url", ["https://a.example/123:abc", "https://a.example/x/123%3Aabc?y"])
def test_the_webhooks_address_must_not_hold_the_token(url: str) -> None:
    [fault] = faults(BOT_TOKEN="123:abc", BOT_MODE="webhook", BOT_WEBHOOK_URL=url)
    assert fault.startswith("BOT_WEBHOOK_URL must not hold BOT_TOKEN")
    assert "abc" not in fault


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("BOT_MAX_QUEUE=5\nBOT_KEEP_HOURS=2\nBOT_ALLOWED_USERS=1, 2 3\nBOT_ADMINS=\n")
    monkeypatch.setenv("BOT_MAX_QUEUE", "7")
    settings = load_settings(file)
    assert settings.bot_max_queue == 7
    assert settings.bot_keep_hours == 2
    assert settings.bot_allowed_users == {1, 2, 3}
    assert settings.bot_admins == frozenset()


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        BOT_TOKEN="nonsense",
        BOT_API_URL="telegram.org",
        BOT_ADMINS="1,@anna",
        BOT_MODE="pigeon",
        BOT_PROXY="ftp://user:password@proxy",
        BOT_LOCAL_MODE="perhaps",
        BOT_MAX_QUEUE="many",
        BOT_KEEP_HOURS="0",
        BOT_LOG_LEVEL="loud",
        STYLER_DEVICE="gpu",
        STYLER_SIZE="10",
        STYLER_QUALITY="superb",
        STYLER_WEIGHTS="nowhere",
        STYLER_EXECUTOR="10.0.0.1",
    )
    assert told == [
        "BOT_TOKEN does not look like a token (123456789:AAE...); @BotFather shows yours",
        "BOT_API_URL must be an address that begins with https:// or http://, not 'telegram.org'",
        "BOT_PROXY must be an address like http://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT",
        "BOT_LOCAL_MODE must be true or false, not 'perhaps'",
        "BOT_ADMINS must be numbers separated by commas, not '@anna'",
        "BOT_MODE must be 'polling' or 'webhook', not 'pigeon'",
        "BOT_MAX_QUEUE must be a whole number, not 'many'",
        "BOT_KEEP_HOURS must be more than 0, not '0'",
        "BOT_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not 'loud'",
        "STYLER_DEVICE must be auto, cpu, cuda, cuda:N or mps, not 'gpu'",
        "STYLER_WEIGHTS must be auto, embedded, torchvision or a weights file, not 'nowhere'",
        "STYLER_SIZE must be at least 64, not '10'",
        "STYLER_QUALITY must be 'draft', 'standard' or 'best', not 'superb'",
        "STYLER_EXECUTOR must be thread, or an address like tcp://HOST:8786, not '10.0.0.1'",
    ]


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.2:0", "tcp://10.0.0.2:99999", "tcp://a:b:8786", "tcp://:1"]
)
def test_a_scheduler_nobody_could_ever_reach_is_a_fault(address: str) -> None:
    [fault] = faults(STYLER_EXECUTOR=address)
    assert fault == f"STYLER_EXECUTOR must be thread, or an address like tcp://HOST:8786, not {address!r}"


@pytest.mark.parametrize("address", ["tcp://gpu:8786", "tls://gpu.example.org:1", "tcp://[fd00::1]:65535"])
def test_where_a_scheduler_may_be(address: str) -> None:
    assert load_settings(None, styler_executor=address).styler_executor == address


def test_a_webhook_needs_its_address() -> None:
    [fault] = faults(BOT_MODE="webhook")
    assert fault.startswith("BOT_WEBHOOK_URL must be set")


@pytest.mark.parametrize("name", ["BOT_TOKEN", "BOT_WEBHOOK_SECRET", "BOT_PROXY"])
def test_a_wrong_secret_is_not_repeated(name: str) -> None:
    [fault] = faults(**{name: "12345:sécret!"})
    assert "cret" not in fault.removeprefix(name)


def test_secrets_are_not_shown() -> None:
    settings = load_settings(None, bot_token="123:topsecret", bot_webhook_secret="hushhush")
    assert "topsecret" not in repr(settings)
    assert "hushhush" not in repr(settings)


def test_a_password_in_an_address_is_a_secret() -> None:
    names = ("bot_api_url", "bot_webhook_url", "bot_proxy")
    addresses = {name: f"https://anna:{name}-pw@example.org" for name in names}
    assert set(load_settings(None, **addresses).secrets) >= {f"{name}-pw" for name in names}
    [fault] = faults(BOT_API_URL="htps://anna:hushhush@example.org")
    assert "hushhush" not in fault


@pytest.mark.parametrize("name", ["BOT_API_URL", "BOT_WEBHOOK_URL", "BOT_PROXY"])
@pytest.mark.parametrize("address", ["http://[::1", "http://example.org:http", "http://example.org:99999"])
def test_an_address_that_makes_no_sense_is_a_fault(name: str, address: str) -> None:
    [fault] = faults(**{name: address})
    assert fault.startswith(f"{name} must be an address")


def test_a_misspelt_name_in_the_file_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("BOT_ALOWED_USERS=1\nOTHER_THING=2\n")
    with pytest.raises(
        SettingsError, match="BOT_ALOWED_USERS is not a setting; did you mean BOT_ALLOWED_USERS"
    ):
        load_settings(file)


def test_neither_is_one_in_the_environment_or_in_small_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker hands the file on as an environment."""
    (tmp_path / ".env").write_text("bot_alowed_users=1\n")
    monkeypatch.setenv("BOT_SERVICE_HOST", "10.0.0.1")  # as Kubernetes does
    monkeypatch.setenv("BOT_PORT", "tcp://10.0.0.1:80")
    load_settings(None)
    monkeypatch.setenv("BOT_ADMIN", "5")
    with pytest.raises(SettingsError) as raised:
        load_settings(tmp_path / ".env")
    assert raised.value.faults == [
        "bot_alowed_users is not a setting; did you mean BOT_ALLOWED_USERS?",
        "BOT_ADMIN is not a setting; did you mean BOT_ADMINS?",
    ]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_bytes("BOT_ADMINS=5  # für uns\n".encode("latin-1"))
    with pytest.raises(SettingsError, match="is not a text in UTF-8"):
        load_settings(file)

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", denied)
    with pytest.raises(SettingsError, match=r"cannot be read \(Permission denied\) by the user"):
        load_settings(file)


def test_the_example_file_has_every_setting_with_its_default() -> None:
    assert list(dotenv_values(ROOT / ".env.example")) and set(dotenv_values(ROOT / ".env.example")) == set(
        NAMES
    )
    assert load_settings(ROOT / ".env.example") == load_settings(None)


def test_the_example_file_explains_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"[A-Z_]+=", line):
            before = lines[number - 1]
            assert before.startswith(("# ", "BOT_WEBHOOK_LISTEN=", "BOT_METRICS_PORT=")), (
                f"{line} is not explained"
            )


@pytest.mark.parametrize("name", ["bot_max_size", "styler_size"])
def test_the_example_file_tells_the_sizes_of_the_engine(name: str) -> None:
    description = Settings.model_fields[name].description or ""
    assert description[description.index("Empty:") :] in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_every_setting(name: str) -> None:
    field = Settings.model_fields[name.lower()]
    [row] = [row for row in (ROOT / "README.md").read_text().splitlines() if row.startswith(f"| `{name}` |")]
    assert field.description is not None
    assert field.description in row


@pytest.mark.parametrize(
    ("wished", "most", "usual"), [(None, None, 512), (768, None, 768), (768, 640, 640), (None, 256, 256)]
)
def test_what_is_usual_is_within_the_operators_limit(
    wished: int | None, most: int | None, usual: int
) -> None:
    assert Settings(styler_size=wished, bot_max_size=most).usual_size(512) == usual
