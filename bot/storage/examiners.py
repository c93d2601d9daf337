"""Strangers' pictures are opened for the first time in programs of their own: see `styler.examiner`.

A picture that crashes such a program, or takes too much of its time or memory, is refused; the bot itself
never meets it. What passed is opened again later, in the bot, at about the same cost.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bot.settings import plain_environment
from styler.errors import PictureError, PictureReason
from styler.examiner import CPU_SECONDS, READY
from styler.images import PictureInfo

# The processor's time decides; this is for a machine so busy, or a program so stuck, that it stands still.
LONGEST_SECONDS = 6.0 * CPU_SECONDS
STARTING_SECONDS = 60.0

Program = subprocess.Popen[str]


class ExaminerError(Exception):
    """No program can look at pictures just now: no fault of any picture."""


class Examiners:
    """As many programs as pictures are examined at once, started when needed, then kept. For any threads."""

    def __init__(self, program: Sequence[str] = ("-m", "styler.examiner")) -> None:
        """program: what Python is to run."""
        self._program = program
        self._free: list[Program] = []
        self._busy: set[Program] = set()
        self._lock = threading.Lock()
        self._closed = False

    def warm_up(self) -> None:
        """Start one now, so that nobody waits for it later. Raises `ExaminerError`."""
        self._give_back(self._take())

    def examine(self, path: Path) -> PictureInfo:
        """What the file is, if all of it can be opened. Raises `PictureError` and `ExaminerError`."""
        program = self._take()
        asked = time.monotonic()
        line = _answer(program, json.dumps(str(path.absolute())), LONGEST_SECONDS)
        if not line.endswith("\n"):
            raise self._refusal(program, time.monotonic() - asked)
        self._give_back(program)
        answer = json.loads(line)
        if "reason" in answer:
            raise PictureError(PictureReason(answer["reason"]), answer["message"])
        return PictureInfo(**answer)

    def close(self) -> None:
        """End them all, in the midst of a picture too."""
        with self._lock:
            self._closed = True
            for program in self._busy:
                program.kill()  # whoever waits for its answer cleans up behind it
            free, self._free = self._free, []
        for program in free:
            _end(program)

    def _take(self) -> Program:
        with self._lock:
            if self._closed:
                raise ExaminerError("The bot is being stopped.")
            while self._free:
                program = self._free.pop()
                if program.poll() is None:
                    self._busy.add(program)
                    return program
                _end(program)
            program = _start(self._program)
            self._busy.add(program)
        if _answer(program, "", STARTING_SECONDS).strip() != READY:
            code = self._end(program)
            raise ExaminerError(f"`python {' '.join(self._program)}` does not start: it ended with {code}.")
        return program

    def _give_back(self, program: Program) -> None:
        with self._lock:
            self._busy.discard(program)
            if not self._closed:
                self._free.append(program)
                return
        _end(program)

    def _end(self, program: Program) -> int:
        with self._lock:
            self._busy.discard(program)
        return _end(program)

    def _refusal(self, program: Program, seconds: float) -> Exception:
        """Why the program ended instead of answering."""
        code = self._end(program)
        if self._closed:
            return ExaminerError("The bot is being stopped.")
        if code == -getattr(signal, "SIGXCPU", 0) or seconds >= LONGEST_SECONDS:
            return PictureError(PictureReason.TOO_SLOW, "the picture takes too long to open: save it anew")
        if code == -getattr(signal, "SIGKILL", 0):  # by the system, when its memory ends
            return PictureError(PictureReason.TOO_LARGE, "the picture takes too much memory: make it smaller")
        return PictureError(PictureReason.TRUNCATED, "the picture is damaged: save or send it again")


def _start(program: Sequence[str]) -> Program:
    """Without the bot's settings, its secrets among them; out of reach of Ctrl-C, which is for the bot."""
    environment = plain_environment() | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "OPENBLAS_NUM_THREADS": "1",  # each of its threads takes addresses, and there is nothing to compute
    }
    try:
        return subprocess.Popen(  # noqa: S603 - nothing of it comes from a stranger
            [sys.executable, "-P", *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders print what they find there, which is the sender's business
            env=environment,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise ExaminerError(f"No program to look at pictures can be started: {error}.") from error


def _answer(program: Program, question: str, seconds: float) -> str:
    """The line it answers with; without an end when it ended instead, which `seconds` see to."""
    assert program.stdin is not None
    assert program.stdout is not None
    too_late = threading.Timer(seconds, program.kill)
    too_late.daemon = True
    too_late.start()
    try:
        if question:
            program.stdin.write(question + "\n")
            program.stdin.flush()
        return program.stdout.readline()
    except OSError:  # it is gone already
        return ""
    finally:
        too_late.cancel()


def _end(program: Program) -> int:
    """Make sure of it; how it ended, as `subprocess` says it."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.kill()
    for pipe in (program.stdin, program.stdout):
        with contextlib.suppress(OSError):  # what was not written yet has no reader
            pipe.close()
    return program.wait()
