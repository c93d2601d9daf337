"""Everything an operator can set, read from the environment and from `.env`; nothing else reads them.

>>> settings = load_settings()      # raises SettingsError with every fault at once
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.log_lines import LogFormat
from bot.setting_faults import misspelt_names, sentence, unknown_names
from styler.options import (
    DEFAULT_SIZE_CPU,
    DEFAULT_SIZE_GPU,
    DEFAULT_SIZE_SLOW_CPU,
    DEVICES,
    MAX_SIZE,
    MIN_SIZE,
    Quality,
    is_device,
    is_weights,
)

ENV_FILE = Path(".env")
THREAD = "thread"  # for STYLER_EXECUTOR
LARGEST_ON_GPU, LARGEST_ON_CPU = 2048, 1024  # pixels: what a card of 8 GB, or a server of as much, can hold
_HARMLESS = {"HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TEMP", "TMPDIR"}

UserIds = Annotated[frozenset[int], NoDecode]


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

    bot_token: SecretStr = Field(
        SecretStr(""), description="The token that @BotFather gave you. Empty: a local chat page is started."
    )
    bot_api_url: str = Field(
        "https://api.telegram.org", description="Where the Bot API is: Telegram's, or your own server's."
    )
    bot_proxy: SecretStr = Field(
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
    bot_webhook_url: str = Field(
        "",
        validate_default=True,
        description="For webhook: the public https address that Telegram calls, path included.",
    )
    bot_webhook_listen: str = Field("127.0.0.1", description="For webhook: the address to listen on.")
    bot_webhook_port: int = Field(8443, ge=1, le=65535, description="For webhook: the port to listen on.")
    bot_webhook_secret: SecretStr = Field(
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
    bot_log_level: str = Field("INFO", description="How much is logged: DEBUG, INFO, WARNING or ERROR.")
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
    styler_device: str = Field("auto", description="Where to paint: auto, cpu, cuda, cuda:N or mps.")
    styler_weights: str = Field(
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
    styler_executor: str = Field(
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

    @field_validator("bot_allowed_users", "bot_admins", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part for part in re.split(r"[,;\s]+", value.strip()) if part]
        wrong = [part for part in parts if not re.fullmatch(r"\d{1,19}", part)]
        if wrong:
            raise ValueError(f"must be numbers separated by commas, not {wrong[0]!r}")
        return frozenset(map(int, parts))

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, token: SecretStr) -> SecretStr:
        # The value itself is never repeated: it may be nearly right, and this ends up in logs.
        if token.get_secret_value() and not re.fullmatch(r"\d+:[\w-]+", token.get_secret_value()):
            raise ValueError("does not look like a token (123456789:AAE...); @BotFather shows yours")
        return token

    @field_validator("bot_api_url", "bot_webhook_url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if url and not (re.fullmatch(r"https?://[^\s/]+\S*", url) and _makes_sense(url)):
            given = "" if "@" in url else f", not {url!r}"  # it may hold a password
            raise ValueError(f"must be an address that begins with https:// or http://{given}")
        return url.rstrip("/")

    @field_validator("bot_proxy")
    @classmethod
    def _check_proxy(cls, proxy: SecretStr) -> SecretStr:
        # Not repeated: it may hold a password.
        address = proxy.get_secret_value()
        if not (re.fullmatch(r"((https?|socks5h?)://[^\s/]+/?)?", address) and _makes_sense(address)):
            raise ValueError("must be an address like http://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT")
        return proxy

    @field_validator("bot_webhook_secret")
    @classmethod
    def _check_secret(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\w-]{0,256}", secret.get_secret_value(), re.ASCII):
            raise ValueError("may hold only letters, digits, _ and -, at most 256")
        return secret

    @field_validator("bot_log_level", mode="before")
    @classmethod
    def _check_level(cls, level: object) -> str:
        if str(level).upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError(f"must be DEBUG, INFO, WARNING or ERROR, not {level!r}")
        return str(level).upper()

    @field_validator("styler_device")
    @classmethod
    def _check_device(cls, device: str) -> str:
        if not is_device(device):
            raise ValueError(f"must be {DEVICES}, not {device!r}")
        return device

    @field_validator("styler_weights")
    @classmethod
    def _check_weights(cls, weights: str) -> str:
        if not is_weights(weights):
            raise ValueError(f"must be auto, embedded, torchvision or a weights file, not {weights!r}")
        return weights

    @field_validator("styler_executor")
    @classmethod
    def _check_executor(cls, executor: str) -> str:
        address = re.fullmatch(r"(?:tcp|tls)://(?:[^\s/:]+|\[[^\s/]+\]):(\d{1,5})", executor)
        if executor != THREAD and not (address and 1 <= int(address[1]) <= 65535):
            raise ValueError(f"must be thread, or an address like tcp://HOST:8786, not {executor!r}")
        return executor

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


def _makes_sense(address: str) -> bool:
    """Whether it can be taken apart: `http://[::1` and `http://host:http` cannot."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


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
