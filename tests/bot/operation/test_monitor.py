"""Metrics and health over HTTP, of a running bot and of one that is in trouble."""

import asyncio
import contextlib
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.api.connection import StartError
from bot.app import running_bot
from bot.operation.health import LONGEST_HANG, Health, SignOfLife
from bot.operation.metrics import Metrics
from bot.operation.monitor import monitor
from bot.painting.painter import EngineInfo
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, picture, result_of, says
from tests.patience import PATIENCE

DONE = 'stylebot_jobs_ended_total{status="done"}'
HANDLED = 'stylebot_updates_total{kind="message"}'
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def port(unused_tcp_port: int) -> int:
    return unused_tcp_port


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body."""
    try:
        with OPENER.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


async def ask(port: int, path: str) -> tuple[int, str]:
    return await asyncio.to_thread(get, port, path)


async def samples(port: int) -> dict[str, float]:
    """Every sample of /metrics, as `name{label="value"}`."""
    _, page = await ask(port, "/metrics")
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
    return found


async def until(port: int, path: str, answer: tuple[int, object]) -> None:
    async with asyncio.timeout(PAINTED):
        while (given := await ask(port, path)) != answer:
            assert given[0] in {200, 503}
            await asyncio.sleep(0.05)


@pytest.mark.filterwarnings("ignore:.*retry_after")  # the library complains of its own attribute
async def test_what_a_painting_leaves_in_the_metrics(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, port: int
) -> None:
    async with start_bot(bot_metrics_port=port):
        sandbox.fail_next("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
        await anna.send_document(b"no picture", "tale.jpg", "image/jpeg", "/style ink")
        await anna.wait_for(says("I cannot open that as a picture"))
        async with asyncio.timeout(PATIENCE):
            while (found := await samples(port)).get(HANDLED) != 2 or found[DONE] != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    expected = {
        "stylebot_jobs_accepted_total": 1,
        DONE: 1,
        'stylebot_jobs_ended_total{status="failed"}': 0,
        "stylebot_queue_depth": 0,
        'stylebot_jobs{status="queued"}': 0,
        "stylebot_wait_seconds_count": 1,
        "stylebot_paint_seconds_count": 1,
        "stylebot_deliver_seconds_count": 1,
        "stylebot_job_seconds_count": 1,
        HANDLED: 2,
        "stylebot_api_429s_total": 1,
        'stylebot_api_calls_total{code="429",method="sendMessage"}': 1,
        'stylebot_api_calls_total{code="200",method="download"}': 2,
        'stylebot_engine_info{device="cpu"}': 1,
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["stylebot_paint_seconds_sum"] > 0
    assert found["process_resident_memory_bytes"] > 10e6
    assert found["stylebot_free_memory_bytes"] > 0
    assert found["stylebot_loop_lag_seconds_count"] > 0


async def test_no_secrets_and_nobody_in_the_metrics(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, port: int
) -> None:
    async with start_bot(bot_metrics_port=port):
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
        _, page = await ask(port, "/metrics")
    assert sandbox.token.partition(":")[2] not in page
    assert str(anna.user_id) not in re.findall(r'"([^"]*)"', page)
    methods = set(re.findall(r'method="([^"]*)"', page))
    assert {"getMe", "getUpdates", "sendMessage", "getFile", "download"} <= methods
    assert all(re.fullmatch(r"[A-Za-z]+", method) for method in methods)


class Unready(QuickPainter):
    """An engine that is being loaded until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: Future[EngineInfo] = Future()

    def warm_up(self, device: str) -> Future[EngineInfo]:
        return self.loaded


async def test_ready_only_when_telegram_and_the_engine_are_there(
    settings: Callable[..., Settings], sandbox: Sandbox, port: int
) -> None:
    painter = Unready()

    async def run() -> None:
        async with running_bot(settings(bot_metrics_port=port), painter):
            await asyncio.Event().wait()

    async with sandbox.away():
        bot = asyncio.create_task(run())
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(OSError):
                    code, told = await ask(port, "/readyz")
                    break
                await asyncio.sleep(0.05)
        assert code == 503
        assert told.splitlines() == [
            "telegram: it was not reached yet",
            "painter: the engine is not loaded yet",
            "updates: none are taken now",
        ]
        assert await ask(port, "/healthz") == (200, "ok\n")
    await until(port, "/readyz", (503, "painter: the engine is not loaded yet\n"))
    painter.loaded.set_result(EngineInfo("cpu", 768, on_gpu=False))
    await until(port, "/readyz", (200, "ok\n"))
    bot.cancel()
    await asyncio.gather(bot, return_exceptions=True)
    painter.shutdown()


async def test_not_ready_while_it_drains(start_bot: StartBot, anna: Person, port: int) -> None:
    async with start_bot(bot_metrics_port=port, bot_admins=str(anna.user_id)):
        await until(port, "/readyz", (200, "ok\n"))
        await anna.send_text("/admin drain")
        await until(port, "/readyz", (503, "drain: no pictures are taken\n"))
        assert await ask(port, "/healthz") == (200, "ok\n")


@contextmanager
def page_of(loop: SignOfLife, **faults: str | None) -> Iterator[int]:
    checks = {name: (lambda fault=fault: fault) for name, fault in faults.items()}
    with monitor("127.0.0.1", 0, Health(loop, checks), Metrics().registry) as port:
        yield port


def test_a_loop_that_hangs_is_told_by_a_thread_beside_it() -> None:
    now = 100.0
    loop = SignOfLife(lambda: now)
    with page_of(loop, telegram=None) as port:
        now += LONGEST_HANG
        assert get(port, "/healthz") == (200, "ok\n")
        now += 1
        told = f"loop: it gave its last sign of life {LONGEST_HANG + 1:.0f} s ago\n"
        assert get(port, "/healthz") == (503, told)
        assert get(port, "/readyz") == (503, told)
        loop.give()
        assert get(port, "/readyz") == (200, "ok\n")


async def test_a_blocked_event_loop_does_not_keep_the_page_from_answering() -> None:
    with page_of(SignOfLife()) as port, ThreadPoolExecutor(1) as threads:
        blocking = threads.submit(get, port, "/healthz").result()  # the loop stands still meanwhile
    assert blocking == (200, "ok\n")


def test_what_is_not_there() -> None:
    with page_of(SignOfLife(), store="it is not open") as port:
        assert get(port, "/readyz") == (503, "store: it is not open\n")
        assert get(port, "/")[0] == 404
        assert get(port, "/../etc/passwd")[0] == 404
        head = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", method="HEAD")
        with OPENER.open(head) as answer:
            assert (answer.status, answer.read()) == (200, b"")


async def test_a_port_that_is_taken_is_one_clear_sentence(start_bot: StartBot, sandbox: Sandbox) -> None:
    taken = int(sandbox.api_url.rpartition(":")[2])
    with pytest.raises(StartError, match=rf"127.0.0.1:{taken} cannot be listened on for metrics"):
        async with start_bot(bot_metrics_port=taken):
            pass


async def test_it_listens_at_an_address_of_ipv6_too(
    start_bot: StartBot, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_INET6) as trial:
        try:
            trial.bind(("::1", port))
        except OSError:
            pytest.skip("this machine has no IPv6")
    caplog.set_level("INFO")
    async with start_bot(bot_metrics_port=port, bot_metrics_listen="::1"):
        url = f"http://[::1]:{port}/healthz"
        with await asyncio.to_thread(OPENER.open, url, timeout=10) as answer:
            assert answer.read() == b"ok\n"
    assert f"http://[::1]:{port}/metrics" in caplog.text


async def test_without_a_port_nothing_listens(start_bot: StartBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("somebody listens")

    monkeypatch.setattr("bot.operation.watch.monitor", refuse)
    async with start_bot():
        pass
