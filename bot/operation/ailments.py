"""What can be wrong around the bot before it talks to anybody: folder, database, ports, addresses, memory.

Each check raises `Ailment` with what is wrong and what to do about it. The doctor makes them all; the bot
makes those of `start_faults` before it starts, and tells all that is wrong at once.
"""

import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from bot.setting_types import THREAD
from bot.settings import Mode, Settings
from bot.storage.data_folder import DATABASE, PICTURES, RESULTS, passes
from bot.storage.schema import StoreError, check
from styler.options import is_weights_file

LEAST_FREE_BYTES = 1_000_000_000  # of disk
LEAST_MEMORY_BYTES = 1_500_000_000  # a painting of 512 px takes 1.1 GB
TELEGRAM = "api.telegram.org"
TELEGRAMS_PORTS = {80, 88, 443, 8443}  # those of a webhook that Telegram calls


class Ailment(Exception):
    """Something is wrong: what it is, and what to do."""

    def __init__(self, what: str, remedy: str, *, may_pass: bool = False) -> None:
        """may_pass: a bot that is begun anew later may find it gone."""
        super().__init__(what)
        self.remedy = remedy
        self.may_pass = may_pass

    @property
    def line(self) -> str:
        """All of it."""
        return f"{self}. {self.remedy}"


def start_faults(settings: Settings, faulty: frozenset[str] = frozenset()) -> list[str]:
    """The lines of `start_ailments`."""
    return [ailment.line for ailment in start_ailments(settings, faulty)]


def start_ailments(settings: Settings, faulty: frozenset[str] = frozenset()) -> list[Ailment]:
    """What would keep the bot from starting; `faulty` settings are not looked at."""
    checks: list[tuple[set[str], Callable[[Settings], object]]] = [
        ({"bot_data_dir"}, check_folder),
        ({"bot_data_dir"}, check_database),
        ({"bot_presets_dir"}, check_presets_folder),
        ({"bot_mode", "bot_webhook_url", "bot_api_url"}, check_webhook_address),
        ({"bot_webhook_port", "bot_webhook_listen", "bot_metrics_port", "bot_metrics_listen"}, check_ports),
        ({"styler_executor"}, check_executor),
        ({"styler_executor", "styler_weights"}, check_weights),
    ]
    found = []
    for names, look in checks:
        if faulty.isdisjoint(names):
            try:
                look(settings)
            except Ailment as ailment:
                found.append(ailment)
    return found


def check_folder(settings: Settings) -> Path:
    """The data folder, which can be written."""
    folder = settings.bot_data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"?" * 4096)
            file.flush()
    except OSError as error:
        what = f"{folder} cannot be written ({error.strerror})"
        raise Ailment(what, _remedy(error, folder), may_pass=passes(error)) from None
    for file_there in (folder / name for name in (DATABASE, PICTURES, RESULTS)):
        if file_there.exists() and not os.access(file_there, os.W_OK, effective_ids=True):
            raise Ailment(f"{file_there} cannot be written", _let_in(file_there))
    return folder


def check_room(settings: Settings) -> int:
    """The free bytes of the disk."""
    free = shutil.disk_usage(settings.bot_data_dir).free
    if free < LEAST_FREE_BYTES:
        what = f"only {free / 1e9:.1f} GB are free in {settings.bot_data_dir}"
        remedy = "Make room, set BOT_KEEP_HOURS lower, or BOT_DATA_DIR to a folder on a larger disk."
        raise Ailment(what, remedy)
    return free


def check_owner(settings: Settings) -> None:
    """Root may write everywhere, and what it leaves in somebody else's folder they cannot use."""
    owner = settings.bot_data_dir.stat().st_uid if hasattr(os, "geteuid") else 0
    if hasattr(os, "geteuid") and os.geteuid() == 0 and owner != 0:
        what = f"{settings.bot_data_dir} belongs to {_user(owner)}, and this is root"
        raise Ailment(
            what, f"Run the bot and the doctor as {_user(owner)}: its files must not become root's."
        )


def check_database(settings: Settings) -> None:
    """The database is whole and of a version that this bot knows, or is not there yet."""
    path = settings.bot_data_dir / DATABASE
    try:
        if not path.exists():
            return
        check(path)
    except OSError:
        return  # the folder's fault, which is told
    except StoreError as error:
        what, _, remedy = str(error).rstrip(".").rpartition(": ")
        raise Ailment(what, f"{remedy[:1].upper()}{remedy[1:]}.", may_pass=error.may_pass) from None


def check_presets_folder(settings: Settings) -> None:
    """The folder of the operator's own presets is there, if it was named."""
    folder = settings.bot_presets_dir
    if folder is not None and not folder.is_dir():
        raise Ailment(
            f"BOT_PRESETS_DIR: there is no folder {folder}", "Make it, or leave BOT_PRESETS_DIR empty."
        )


def check_webhook_address(settings: Settings) -> None:
    """Telegram calls https only, on four ports only; a server of one's own is free to call anything."""
    if settings.bot_mode is not Mode.WEBHOOK:
        return
    address = urlsplit(settings.bot_webhook_url)
    if urlsplit(settings.bot_api_url).hostname != TELEGRAM:
        return
    if address.scheme != "https":
        remedy = "Put a reverse proxy with a certificate before the bot: see docs/operating.md."
        raise Ailment(f"BOT_WEBHOOK_URL must begin with https://, not {address.scheme}://", remedy)
    if address.port is not None and address.port not in TELEGRAMS_PORTS:
        remedy = "BOT_WEBHOOK_PORT, on which the bot listens behind a proxy, may be any."
        raise Ailment("BOT_WEBHOOK_URL: Telegram calls the ports 443, 80, 88 and 8443 only", remedy)


def check_ports(settings: Settings) -> None:
    """The ports to listen on are free."""
    ports = [(name, host, port) for name, host, port in _ports(settings) if port]
    if len({(host, port) for _, host, port in ports}) < len(ports):
        raise Ailment(
            "BOT_WEBHOOK_PORT and BOT_METRICS_PORT are the same", "Set one of them to another port."
        )
    for name, host, port in ports:
        try:
            kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(kind, socket.SOCK_STREAM) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
                trial.bind(address)
        except OSError as error:
            what = f"{name}: {host}:{port} cannot be listened on ({error.strerror})"
            raise Ailment(
                what, f"End what listens there (`ss -ltnp`), or set {name} to another port."
            ) from None


def check_executor(settings: Settings) -> None:
    """What speaks with a Dask scheduler is installed, where one is to be used."""
    if settings.styler_executor != THREAD and find_spec("distributed") is None:
        what = f"STYLER_EXECUTOR is {settings.styler_executor}, and Dask is not installed"
        raise Ailment(what, "Install it, `pip install 'stylebot[dask]'`, or set STYLER_EXECUTOR to thread.")


def check_weights(settings: Settings) -> None:
    """A weights file that was named is there, where this very program paints: a Dask worker has its own."""
    weights = settings.styler_weights
    if settings.styler_executor == THREAD and is_weights_file(weights) and not Path(weights).is_file():
        what = f"STYLER_WEIGHTS names a file that is not there: {weights}"
        raise Ailment(what, "Put it there, or set STYLER_WEIGHTS to auto.")


def check_memory(free: int | None) -> str:
    """Whether a painting fits into so many free bytes; None: nothing tells."""
    if free is not None and free < LEAST_MEMORY_BYTES:
        what = f"only {free / 1e9:.1f} GB of memory are free"
        raise Ailment(what, "End other programs, raise the container's limit, or set BOT_MAX_SIZE to 384.")
    return "unknown" if free is None else f"{free / 1e9:.1f} GB free"


def _ports(settings: Settings) -> Iterator[tuple[str, str, int | None]]:
    if settings.bot_mode is Mode.WEBHOOK:
        yield "BOT_WEBHOOK_PORT", settings.bot_webhook_listen, settings.bot_webhook_port
    yield "BOT_METRICS_PORT", settings.bot_metrics_listen, settings.bot_metrics_port


def _remedy(error: OSError, folder: Path) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "Make room on that disk, or set BOT_DATA_DIR to a folder on another one."
        case errno.EROFS:
            return "Mount it for writing, or set BOT_DATA_DIR to a folder on another disk."
        case errno.EACCES | errno.EPERM:
            there = folder if folder.exists() else folder.parent
            return _let_in(there)
        case _:
            return "Let the bot write there, or set BOT_DATA_DIR to another folder."


def _let_in(path: Path) -> str:
    if not hasattr(os, "geteuid"):
        return "Let the bot write there, or set BOT_DATA_DIR to another folder."
    owner, me = _user(path.stat().st_uid), _user(os.geteuid())
    return f"It belongs to {owner} and the bot runs as {me}: `chown -R {me} {path}`, or another BOT_DATA_DIR."


def _user(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)
