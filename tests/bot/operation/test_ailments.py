"""Each fault of an operator's machine, made for real, is named with its remedy."""

import contextlib
import os
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.operation import ailments
from bot.operation.ailments import Ailment, start_ailments, start_faults
from bot.settings import Settings
from bot.store import Store

NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and change owners")

Make = Callable[..., Settings]


@pytest.fixture
def folder(settings: Make) -> Path:
    return settings().bot_data_dir


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small disk of its own at this folder."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def told(look: Callable[[Settings], object], settings: Settings) -> str:
    with pytest.raises(Ailment) as raised:
        look(settings)
    return f"{raised.value}. {raised.value.remedy}"


def test_a_sound_machine(settings: Make) -> None:
    assert start_faults(settings()) == []


@root_only
def test_a_full_disk(settings: Make, folder: Path) -> None:
    with mounted(folder, "size=64k"):
        with contextlib.suppress(OSError), (folder / "film").open("wb") as file:
            file.write(bytes(10**6))
        line = told(ailments.check_folder, settings())
        [ailment] = start_ailments(settings())
    assert line.startswith(f"{folder} cannot be written (No space left on device). Make room")
    assert ailment.may_pass, "so the bot is begun anew"


@root_only
def test_a_disk_that_is_nearly_full(settings: Make, folder: Path) -> None:
    with mounted(folder, "size=10m"):
        line = told(ailments.check_room, settings())
    assert line.startswith("only 0.0 GB are free in")
    assert "BOT_KEEP_HOURS" in line


@root_only
def test_a_disk_that_is_read_only(settings: Make, folder: Path) -> None:
    with mounted(folder, "size=1m,ro"):
        line = told(ailments.check_folder, settings())
    assert line.startswith(f"{folder} cannot be written (Read-only file system). Mount it for writing")


@contextlib.contextmanager
def being(user: int) -> Iterator[None]:
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


@root_only
def test_a_folder_of_another_user(settings: Make, folder: Path) -> None:
    chosen = settings()
    for above in folder.parents[:4]:
        if above.stat().st_uid == 0 and above != Path("/tmp"):
            above.chmod(0o755)
    with being(NOBODY):
        line = told(ailments.check_folder, chosen)
    assert line.startswith(
        f"{folder} cannot be written (Permission denied). It belongs to root and the bot runs as "
    )
    assert f"chown -R nobody {folder}" in line


@root_only
def test_root_in_somebody_elses_folder(settings: Make, folder: Path) -> None:
    os.chown(folder, NOBODY, -1)
    line = told(ailments.check_owner, settings())
    assert "belongs to nobody, and this is root. Run the bot and the doctor as nobody" in line


async def test_a_damaged_database(settings: Make, folder: Path) -> None:
    async with Store(folder / "bot.sqlite3"):
        pass
    content = bytearray((folder / "bot.sqlite3").read_bytes())
    content[4096:8192] = os.urandom(4096)
    (folder / "bot.sqlite3").write_bytes(content)
    line = told(ailments.check_database, settings())
    assert "restore a backup or move it away" in line.lower()
    assert (folder / "bot.sqlite3").read_bytes() == content


def test_a_file_that_is_no_database(settings: Make, folder: Path) -> None:
    (folder / "bot.sqlite3").write_text("a shopping list, and a rather long one at that" * 100)
    line = told(ailments.check_database, settings())
    assert "not a database" in line
    assert "restore a backup or move it away" in line.lower()


async def test_a_database_of_the_future(settings: Make, folder: Path) -> None:
    async with Store(folder / "bot.sqlite3"):
        pass
    with contextlib.closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        connection.execute("PRAGMA user_version = 999")
    line = told(ailments.check_database, settings())
    assert line.endswith("was written by a newer version of this bot. Update the bot.")


async def test_looking_at_a_database_in_use_changes_nothing(settings: Make, folder: Path) -> None:
    async with Store(folder / "bot.sqlite3") as store:
        await store.set_language(1, "ru")
        files = [folder / name for name in ("bot.sqlite3", "bot.sqlite3-wal")]
        before = [file.read_bytes() for file in files]
        ailments.check_database(settings())
        assert [file.read_bytes() for file in files] == before
        assert await store.language(1) == "ru"


def test_a_port_that_is_taken(settings: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = told(ailments.check_ports, settings(bot_metrics_port=port))
    assert line.startswith(
        f"BOT_METRICS_PORT: 127.0.0.1:{port} cannot be listened on (Address already in use)."
    )
    assert "ss -ltnp" in line


def test_an_address_that_is_not_of_this_machine(settings: Make) -> None:
    line = told(ailments.check_ports, settings(bot_metrics_port=9464, bot_metrics_listen="192.0.2.1"))
    assert "BOT_METRICS_PORT: 192.0.2.1:9464 cannot be listened on" in line


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://bot.example.org/hook", "must begin with https://"),
        ("https://bot.example.org:9000/hook", "443, 80, 88 and 8443 only"),
        ("https://bot.example.org/hook", None),
        ("https://bot.example.org:8443/hook", None),
    ],
)
def test_webhook_addresses_that_telegram_takes(settings: Make, url: str, wrong: str | None) -> None:
    changes = {"bot_mode": "webhook", "bot_webhook_url": url, "bot_api_url": "https://api.telegram.org"}
    faults = start_faults(settings(**changes))
    assert len(faults) == (wrong is not None)
    assert wrong is None or wrong in faults[0]


def test_weights_must_be_there_where_it_is_painted(settings: Make, tmp_path: Path) -> None:
    weights = tmp_path / "vgg19.pth"
    here, at_a_worker = {"styler_weights": str(weights)}, {"styler_executor": "tcp://10.0.0.2:8786"}
    [fault] = start_faults(settings(**here))
    assert fault.startswith(f"STYLER_WEIGHTS names a file that is not there: {weights}. Put it there")
    assert start_faults(settings(**here, **at_a_worker)) == []
    assert start_faults(settings(**here), faulty=frozenset({"styler_executor"})) == [], "it may be a worker's"
    weights.touch()
    assert start_faults(settings(**here)) == []


def test_little_memory() -> None:
    with pytest.raises(Ailment, match=r"only 0.9 GB of memory are free"):
        ailments.check_memory(900_000_000)
    assert ailments.check_memory(None) == "unknown"


def test_everything_is_told_at_once(settings: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        faults = start_faults(
            settings(
                bot_data_dir=tmp_path / "file" / "data",
                bot_presets_dir=tmp_path / "nowhere",
                bot_mode="webhook",
                bot_webhook_url="http://bot.example.org/hook",
                bot_api_url="https://api.telegram.org",
                bot_webhook_port=taken.getsockname()[1],
            )
        )
    told_in_order = "data cannot be written", "BOT_PRESETS_DIR", "must begin with https", "BOT_WEBHOOK_PORT"
    for fault, word in zip(faults, told_in_order, strict=True):
        assert word in fault
