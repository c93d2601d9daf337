"""What the value of a setting may be: types that check it, and say in clear words what is wanted instead.

No value is repeated that may hold a secret: it may be nearly right, and what is said ends up in logs.
"""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from styler.options import DEVICES, is_device, is_weights

THREAD = "thread"  # for STYLER_EXECUTOR


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = [part for part in re.split(r"[,;\s]+", value.strip()) if part]
    wrong = [part for part in parts if not re.fullmatch(r"\d{1,19}", part)]
    if wrong:
        raise ValueError(f"must be numbers separated by commas, not {wrong[0]!r}")
    return frozenset(map(int, parts))


UserIds = Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)]


def _token(token: SecretStr) -> SecretStr:
    if token.get_secret_value() and not re.fullmatch(r"\d+:[\w-]+", token.get_secret_value()):
        raise ValueError("does not look like a token (123456789:AAE...); @BotFather shows yours")
    return token


Token = Annotated[SecretStr, AfterValidator(_token)]


def _address(url: str) -> str:
    if url and not (re.fullmatch(r"https?://[^\s/]+\S*", url) and _makes_sense(url)):
        given = "" if "@" in url else f", not {url!r}"  # it may hold a password
        raise ValueError(f"must be an address that begins with https:// or http://{given}")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


def _proxy(proxy: SecretStr) -> SecretStr:
    address = proxy.get_secret_value()  # it may hold a password
    if not (re.fullmatch(r"((https?|socks5h?)://[^\s/]+/?)?", address) and _makes_sense(address)):
        raise ValueError("must be an address like http://HOST:PORT or socks5://USER:PASSWORD@HOST:PORT")
    return proxy


Proxy = Annotated[SecretStr, AfterValidator(_proxy)]


def _makes_sense(address: str) -> bool:
    """Whether it can be taken apart: `http://[::1` and `http://host:http` cannot."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\w-]{0,256}", secret.get_secret_value(), re.ASCII):
        raise ValueError("may hold only letters, digits, _ and -, at most 256")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]


def _log_level(level: object) -> str:
    if str(level).upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError(f"must be DEBUG, INFO, WARNING or ERROR, not {level!r}")
    return str(level).upper()


LogLevel = Annotated[str, BeforeValidator(_log_level)]


def _device(device: str) -> str:
    if not is_device(device):
        raise ValueError(f"must be {DEVICES}, not {device!r}")
    return device


Device = Annotated[str, AfterValidator(_device)]


def _weights(weights: str) -> str:
    if not is_weights(weights):
        raise ValueError(f"must be auto, embedded, torchvision or a weights file, not {weights!r}")
    return weights


Weights = Annotated[str, AfterValidator(_weights)]


def _executor(executor: str) -> str:
    address = re.fullmatch(r"(?:tcp|tls)://(?:[^\s/:]+|\[[^\s/]+\]):(\d{1,5})", executor)
    if executor != THREAD and not (address and 1 <= int(address[1]) <= 65535):
        raise ValueError(f"must be thread, or an address like tcp://HOST:8786, not {executor!r}")
    return executor


Executor = Annotated[str, AfterValidator(_executor)]
