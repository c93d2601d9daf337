"""Everything an operator can set, read from the environment and from `.env`; nothing else reads them.

>>> settings = load_settings()      # raises SettingsError with every fault at once
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.log_lines import LogFormat
from bot.setting_faults import misspelt_names, sentence, unknown_names
from bot.setting_types import (
    THREAD,
    Address,
    Device,
    Executor,
    LogLevel,
    Proxy,
    Token,
    UserIds,
    WebhookSecret,
    Weights,
)
from styler.options import (
    DEFAULT_SIZE_CPU,
    DEFAULT_SIZE_GPU,
    DEFAULT_SIZE_SLOW_CPU,
    MAX_SIZE,
    MIN_SIZE,
    Quality,
)

ENV_FILE = Path(".env")
LARGEST_ON_GPU, LARGEST_ON_CPU = 2048, 1024  # pixels: what a card of 8 GB, or a server of as much, can hold
_HARMLESS = {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TEMP", "TMPDIR"}


class SettingsError(Exception):
    """The configuration cannot be used; `faults` holds one sentence for each thing to mend.

    `names` are the settings at fault, and `others` all settings with the defaults in place of those.
    """

    def __init__(self, faults: list[str], names: frozenset[str], others: "Settings") -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        self.names = names
        self.others = others


class Mode(StrEnum):
    """How updates come from Telegram."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class Settings(BaseSettings):
    """One field per environment variable, of the same name in capitals."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    bot_token: Token = Field(
        SecretStr(""), description="The token that @BotFather gave you. Empty: a local chat page is started."
    )
    bot_api_url: Address = Field(
        "https://api.telegram.org", description="Where the Bot API is: Telegram's, or your own server's."
    )
    bot_proxy: Proxy = Field(
        SecretStr(""),
        description="The proxy to Telegram: http://, https:// or socks5://. "
        "Empty: HTTPS_PROXY's, if the environment has it.",
    )
    bot_local_mode: bool = Field(
        False,
        description="Whether BOT_API_URL is your own server in local mode, which gives files by path.",
    )
    bot_data_dir: Path = Field(
        Path("data"), description="The folder for the database, the pictures people send and their results."
    )
    bot_presets_dir: Path | None = Field(
        None,
        description="Your own styles: a folder of pictures. Empty: presets/ in BOT_DATA_DIR.",
    )
    bot_allowed_users: UserIds = Field(
        frozenset(), description="Telegram user ids who may use the bot, comma-separated. Empty: everyone."
    )
    bot_admins: UserIds = Field(
        frozenset(), description="Telegram user ids of the bot's keepers, comma-separated; always allowed in."
    )
    bot_mode: Mode = Field(Mode.POLLING, description="How updates come in: polling or webhook.")
    bot_webhook_url: Address = Field(
        "",
        validate_default=True,
        description="For webhook: the public https address that Telegram calls, path included.",
    )
    bot_webhook_listen: str = Field("127.0.0.1", description="For webhook: the address to listen on.")
    bot_webhook_port: int = Field(8443, ge=1, le=65535, description="For webhook: the port to listen on.")
    bot_webhook_secret: WebhookSecret = Field(
        SecretStr(""),
        description="For webhook: the secret Telegram proves itself with. Empty: a new one each start.",
    )
    bot_max_jobs_per_user: int = Field(
        3, ge=1, le=1000, description="How many pictures one person may have waiting or being painted."
    )
    bot_max_queue: int = Field(
        100,
        ge=1,
        le=100_000,
        description="How many pictures may wait in all before new ones are declined; as many sheets beside.",
    )
    bot_max_jobs_per_hour: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="How many pictures one person may have in an hour. Empty: any number.",
    )
    bot_max_jobs_per_day: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="How many pictures one person may have in a day. Empty: any number.",
    )
    bot_max_messages_per_minute: int = Field(
        60,
        ge=5,
        le=10_000,
        description="How much one person may say in a minute before the bot stops listening.",
    )
    bot_job_minutes: float = Field(
        60, gt=0, le=24 * 60, description="After how many minutes a painting that is not finished is ended."
    )
    bot_max_size: int | None = Field(
        None,
        ge=MIN_SIZE,
        le=MAX_SIZE,
        description="The longest side of a painting in pixels, chosen or usual. "
        f"Empty: {LARGEST_ON_GPU} on a GPU, {LARGEST_ON_CPU} on a CPU, or `STYLER_SIZE` if more.",
    )
    bot_keep_hours: float = Field(
        24,
        gt=0,
        le=24 * 365,
        description="Hours until photos and results are deleted; three days more while they wait for room.",
    )
    bot_log_level: LogLevel = Field("INFO", description="How much is logged: DEBUG, INFO, WARNING or ERROR.")
    bot_log_format: LogFormat = Field(
        LogFormat.TEXT, description="How it is logged: text, or json with one object a line."
    )
    bot_metrics_port: int | None = Field(
        None, ge=0, le=65535, description="The port for /metrics, /healthz and /readyz. Empty: none."
    )
    bot_metrics_listen: str = Field("127.0.0.1", description="The address for them to listen on.")
    bot_sandbox_port: int = Field(
        8080, ge=0, le=65535, description="The sandbox's port; the next free one if it is taken."
    )
    styler_device: Device = Field("auto", description="Where to paint: auto, cpu, cuda, cuda:N or mps.")
    styler_weights: Weights = Field(
        "auto", description="The VGG19 weights: auto, embedded, torchvision, or a .pth/.safetensors file."
    )
    styler_size: int | None = Field(
        None,
        ge=MIN_SIZE,
        le=MAX_SIZE,
        description="Long side of paintings, in pixels. "
        f"Empty: {DEFAULT_SIZE_GPU} on a GPU, {DEFAULT_SIZE_CPU} on a CPU, "
        f"{DEFAULT_SIZE_SLOW_CPU} on a slow one.",
    )
    styler_quality: Quality = Field(
        Quality.STANDARD, description="How much work goes into a picture: draft, standard or best."
    )
    styler_executor: Executor = Field(
        THREAD,
        description="What paints: thread (this very program), or a Dask scheduler's address, tcp://HOST:8786.",
    )

    @property
    def presets_dir(self) -> Path:
        """The operator's own presets."""
        return self.bot_presets_dir or self.bot_data_dir / "presets"

    @property
    def is_for_telegram(self) -> bool:
        """Without a token there is only the sandbox to talk to."""
        return bool(self.bot_token.get_secret_value())

    def usual_size(self, of_engine: int) -> int:
        """The long side in pixels where nobody chose one, and the engine would take `of_engine`."""
        wished = self.styler_size or of_engine
        return min(wished, self.bot_max_size or wished)

    def for_sandbox(self) -> "Settings":
        """The same for a bot in a sandbox, whose files are kept apart from those of the real bot."""
        presets = self.presets_dir
        return self.model_copy(
            update={
                "bot_token": SecretStr(""),
                "bot_data_dir": self.bot_data_dir / "sandbox",
                "bot_presets_dir": self.bot_presets_dir or (presets if presets.is_dir() else None),
                "bot_proxy": SecretStr(""),
                "bot_local_mode": False,
                "bot_allowed_users": frozenset(),
                "bot_mode": Mode.POLLING,
            }
        )

    @property
    def secrets(self) -> list[str]:
        """What must never be seen in a log, a message or a metric."""
        fields = [getattr(self, name) for name in type(self).model_fields]
        hidden = [field.get_secret_value() for field in fields if isinstance(field, SecretStr)]
        addresses = (self.bot_proxy.get_secret_value(), self.bot_api_url, self.bot_webhook_url)
        passwords = [urlsplit(address).password for address in addresses]
        return [secret for secret in (*hidden, *passwords) if secret]

    @field_validator("bot_webhook_url")
    @classmethod
    def _check_webhook(cls, url: str, others: ValidationInfo) -> str:
        if others.data.get("bot_mode") is Mode.WEBHOOK and not url:
            raise ValueError("must be set to the public address that Telegram calls when BOT_MODE is webhook")
        token = others.data.get("bot_token")
        if token and unquote(token.get_secret_value()) in unquote(url):
            # Not repeated here, as it holds the secret.
            raise ValueError("must not hold BOT_TOKEN: addresses are written into the logs of every proxy")
        return url


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """What systemd told at the start; nothing where there is none."""

    notify_socket: str = ""
    watchdog_seconds: float | None = None


def service_manager() -> ServiceManager:
    """Read what systemd sets for a service of Type=notify."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return ServiceManager(
        os.environ.get("NOTIFY_SOCKET", ""),
        int(microseconds) / 1e6 if microseconds.isdigit() and mine else None,
    )


def plain_environment() -> dict[str, str]:
    """What other programs need to run, and nothing that is secret: not our settings, nor anybody else's."""
    return {name: value for name, value in os.environ.items() if name.upper() in _HARMLESS}


def load_settings(env_file: Path | None = ENV_FILE, **overrides: Any) -> Settings:
    """Read the environment and `env_file` (the environment wins). Raises `SettingsError`."""
    known = [name.upper() for name in Settings.model_fields]
    env_file, faults = _readable(env_file)
    faults += unknown_names(dotenv_values(env_file), known) if env_file else []
    faults += misspelt_names(os.environ, known)
    given = {"_env_file": env_file, **overrides}
    names: frozenset[str] = frozenset()
    try:
        settings = Settings(**given)
    except ValidationError as error:
        found = error.errors(include_url=False)
        faults += [sentence(dict(fault)) for fault in found]
        names = frozenset(str(fault["loc"][0]) for fault in found)
        settings = _without(names, given)
    if faults:
        raise SettingsError(faults, names, settings)
    return settings


def _readable(env_file: Path | None) -> tuple[Path | None, list[str]]:
    """The file, if there is one that can be read, and what is wrong with it."""
    if env_file is None:
        return None, []
    try:
        env_file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        return None, []
    except OSError as error:
        return None, [f"{env_file} cannot be read ({error.strerror}) by the user whom the bot runs as"]
    except UnicodeError:
        return None, [f"{env_file} is not a text in UTF-8: save it as one"]
    return env_file, []


def _without(names: Iterable[str], given: dict[str, Any]) -> Settings:
    """Settings with the defaults of these, for what else may be wrong to be found."""
    defaults = {name: Settings.model_fields[name].default for name in names}
    if "bot_webhook_url" in defaults:
        defaults["bot_mode"] = Mode.POLLING  # which needs none
    return Settings(**{**given, **defaults})
