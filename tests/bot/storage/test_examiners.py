"""Programs of their own look at pictures: what kills or keeps one is refused, and the next is served."""

import os
import re
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.storage import examiners as module
from bot.storage.examiners import ExaminerError, Examiners
from styler.errors import PictureError, PictureReason
from styler.images import PictureInfo
from tests.bot.end_to_end.chat import picture
from tests.styler import fuzz
from tests.styler.pictures import png

GOOD = PictureInfo(200, 150, "JPEG")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc are those of Linux")


@pytest.fixture
def own() -> Iterator[Examiners]:
    """Some that may be broken."""
    with closing(Examiners()) as programs:
        yield programs


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.jpg"
    file.write_bytes(picture())
    return file


def running() -> set[int]:
    """The numbers of the programs that this one has started to look at pictures."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if parent == str(os.getpid()) and "examiner" in words:
            found.add(int(folder.name))
    return found


def number_of(programs: Examiners) -> int:
    """Of the one that is free."""
    programs.warm_up()
    [program] = programs._free
    return program.pid


def endless_jpeg(side: int, scans: int) -> bytes:
    """A grey JPEG of very few bytes that goes over all its pixels `scans` times."""

    def table(kind: int, symbol: int) -> bytes:  # one code, of one bit
        return b"\xff\xc4" + struct.pack(">HB", 20, kind << 4) + bytes([1, *[0] * 15, symbol])

    def scan(first: int, last: int, shift: int, content: bytes) -> bytes:
        return b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, first, last, shift) + content

    blocks = (side // 8) ** 2
    run = "0" + "1" * 14  # "and of the next 32767 blocks there is nothing to say"
    bits = run * -(-blocks // 32767)
    nothing = int(bits.ljust(-(-len(bits) // 8) * 8, "1"), 2).to_bytes(-(-len(bits) // 8), "big")
    nothing = nothing.replace(b"\xff", b"\xff\0")
    head = b"\xff\xd8\xff\xdb" + struct.pack(">HB", 67, 0) + b"\1" * 64
    head += b"\xff\xc2" + struct.pack(">HBHHBBBB", 11, 8, side, side, 1, 1, 0x11, 0)
    body = (
        scan(0, 0, 1, bytes(-(-blocks // 8))) + scan(1, 63, 1, nothing) + scan(1, 63, 0x10, nothing) * scans
    )
    return head + table(0, 0) + table(1, 0xE0) + body + b"\xff\xd9"


def refusal(programs: Examiners, file: Path) -> PictureReason:
    with pytest.raises(PictureError) as refused:
        programs.examine(file)
    return refused.value.reason


def test_a_picture_is_told_as_it_is(examiners: Examiners, good: Path, tmp_path: Path) -> None:
    assert examiners.examine(good) == GOOD
    odd = tmp_path / 'line\nbreak "and" картинка \udc80.jpg'
    odd.write_bytes(picture(64, 48, format="PNG"))
    assert examiners.examine(odd) == PictureInfo(64, 48, "PNG")


def test_a_bad_one_is_refused_as_ever(examiners: Examiners, tmp_path: Path) -> None:
    file = tmp_path / "bad"
    for content, reason in (
        (b"", PictureReason.EMPTY),
        (b"words", PictureReason.NOT_AN_IMAGE),
        (picture()[:2000], PictureReason.TRUNCATED),
    ):
        file.write_bytes(content)
        assert refusal(examiners, file) is reason
    assert refusal(examiners, tmp_path / "none") is PictureReason.MISSING


@linux_only
def test_one_program_looks_at_many_pictures(own: Examiners, good: Path) -> None:
    number = number_of(own)
    for _ in range(3):
        own.examine(good)
    assert number_of(own) == number


@linux_only
def test_a_picture_that_takes_for_ever_is_refused(good: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.jpg"
    bomb.write_bytes(endless_jpeg(8000, 10_000))
    assert bomb.stat().st_size < 1_500_000
    hasty = "from styler import examiner; examiner.CPU_SECONDS = 1; examiner.main()"
    with closing(Examiners(["-c", hasty])) as programs:
        assert refusal(programs, bomb) is PictureReason.TOO_SLOW
        assert programs.examine(good) == GOOD


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("error", ["ValueError('current limit exceeds maximum limit')", "OSError(22, 'no')"])
def test_a_limit_that_the_system_refuses_is_left_out(good: Path, tmp_path: Path, error: str) -> None:
    """As macOS refuses one of addresses. The others hold."""
    code = f"""
import resource
from styler import examiner
real = resource.setrlimit
def refusing(limit, values):
    if limit in {{resource.RLIMIT_AS, resource.RLIMIT_CPU}}:
        raise {error}
    real(limit, values)
resource.setrlimit = refusing
def look(path):
    if path.name == "asks":
        assert resource.getrlimit(resource.RLIMIT_FSIZE) == (0, 0)
    return inspect(path)
inspect, examiner.inspect_picture = examiner.inspect_picture, look
examiner.main()
"""
    asks = tmp_path / "asks"
    asks.write_bytes(good.read_bytes())
    with closing(Examiners(["-c", code])) as programs:
        assert programs.examine(asks) == GOOD


@linux_only
def test_a_picture_that_takes_too_much_memory_is_refused(good: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png(5000, 5000, 8, 6, [bytes(20_000)] * 5000))
    poor = "from styler import examiner; examiner.MEMORY = 50_000_000; examiner.main()"
    with closing(Examiners(["-c", poor])) as programs:
        number = number_of(programs)
        assert refusal(programs, large) is PictureReason.TOO_LARGE
        assert programs.examine(good) == GOOD
        assert number_of(programs) == number, "it was refused, not killed"


@linux_only
@pytest.mark.parametrize(
    ("sign", "reason"),
    [
        (signal.SIGSEGV, PictureReason.TRUNCATED),  # a decoder crashed
        (signal.SIGABRT, PictureReason.TRUNCATED),
        (signal.SIGKILL, PictureReason.TOO_LARGE),  # the system's memory ended
    ],
)
def test_a_picture_that_ends_the_program_is_refused(
    good: Path, tmp_path: Path, sign: signal.Signals, reason: PictureReason
) -> None:
    fatal = tmp_path / "fatal"
    fatal.write_bytes(picture())
    code = f"""
import os
from styler import examiner
real = examiner.inspect_picture
def inspect(path):
    if path.name == "fatal":
        os.kill(os.getpid(), {sign.value})
    return real(path)
examiner.inspect_picture = inspect
examiner.main()
"""
    with closing(Examiners(["-c", code])) as programs:
        number = number_of(programs)
        assert refusal(programs, fatal) is reason
        assert programs.examine(good) == GOOD
        assert number_of(programs) != number


@linux_only
def test_a_program_that_stands_still_is_ended(
    own: Examiners, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = number_of(own)
    os.kill(number, signal.SIGSTOP)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.3)
    assert refusal(own, good) is PictureReason.TOO_SLOW
    monkeypatch.undo()
    assert number not in running()
    assert own.examine(good) == GOOD


@linux_only
def test_who_answered_in_time_is_not_ended_later(
    own: Examiners, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms = []

    class Alarm(threading.Timer):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            alarms.append(self)

    monkeypatch.setattr(threading, "Timer", Alarm)
    own.examine(good)
    assert [alarm.finished.is_set() for alarm in alarms] == [True, True], "of the start and of the picture"
    for alarm in alarms:
        alarm.join()
    assert number_of(own) in running()


@linux_only
def test_a_program_that_died_meanwhile_is_replaced(own: Examiners, good: Path) -> None:
    number = number_of(own)
    os.kill(number, signal.SIGKILL)
    os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)  # until it is dead, and nobody has asked yet
    assert own.examine(good) == GOOD
    assert number_of(own) != number


@linux_only
def test_closing_ends_them_in_the_midst_of_a_picture(own: Examiners, good: Path) -> None:
    number = number_of(own)
    os.kill(number, signal.SIGSTOP)
    raised: list[Exception] = []

    def examine() -> None:
        try:
            own.examine(good)
        except ExaminerError as error:
            raised.append(error)

    waiting = threading.Thread(target=examine)
    waiting.start()
    while not own._busy:
        time.sleep(0.01)
    own.close()
    waiting.join(timeout=60)
    assert str(raised[0]) == "The bot is being stopped."
    assert number not in running()
    with pytest.raises(ExaminerError):
        own.examine(good)


def test_one_that_cannot_start_is_no_fault_of_the_picture(good: Path) -> None:
    with closing(Examiners(["-c", "raise SystemExit(7)"])) as programs:
        for _ in range(2):
            with pytest.raises(ExaminerError, match="ended with 7"):
                programs.examine(good)


@linux_only
def test_it_knows_no_secret_writes_no_file_and_is_the_first_to_go(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123:secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with closing(Examiners()) as programs:
        folder = Path("/proc") / str(number_of(programs))
        assert b"secret" not in (folder / "environ").read_bytes().lower()
        limits = (folder / "limits").read_text()
        assert re.search(r"Max file size +0 +0 ", limits)
        assert re.search(r"Max core file size +0 +0 ", limits)
        assert (folder / "oom_score_adj").read_text() == "1000\n"
    writing = """
from styler import examiner
def write(path):
    path.with_name("written").write_bytes(b"x")
examiner.inspect_picture = write
examiner.main()
"""
    with closing(Examiners(["-c", writing])) as programs, pytest.raises(PictureError):
        programs.examine(good)
    assert not (tmp_path / "written").exists() or (tmp_path / "written").stat().st_size == 0


@linux_only
def test_decoders_that_print_do_not_answer(good: Path) -> None:
    code = """
import os
from styler import examiner
real = examiner.inspect_picture
def loud(path):
    os.write(1, b'{"width": 1, "height": 1, "format": "FAKE"}\\n')
    print("words")
    return real(path)
examiner.inspect_picture = loud
examiner.main()
"""
    with closing(Examiners(["-c", code])) as programs:
        assert programs.examine(good) == GOOD
        assert programs.examine(good) == GOOD


@linux_only
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [150, pytest.param(5_000, marks=pytest.mark.soak)])
def test_damaged_under_the_real_limits(own: Examiners, good: Path, tmp_path: Path, count: int) -> None:
    file = tmp_path / "damaged"
    opened = 0
    for content in fuzz.inputs(count, seed=count):
        file.write_bytes(content)
        try:
            own.examine(file)
            opened += 1
        except PictureError:
            pass
    assert count / 10 < opened < count / 2
    assert own.examine(good) == GOOD
