"""The unit, the compose file, the image and the operator's guide agree with the program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app import GRACE_SECONDS, STEP_SECONDS
from bot.jobs import Failure
from bot.operation.exits import BAD_USE
from bot.running import LAST_STEP_SECONDS
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
UNIT = (ROOT / "docs" / "stylebot.service").read_text()
GUIDE = (ROOT / "docs" / "operating.md").read_text()
STEPS = 4  # of stopping, beside the grace


def set_to(name: str) -> str:
    [value] = re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)
    return str(value)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "stylebot.service"
    here = UNIT.replace("/opt/stylebot/.venv/bin/stylebot", sys.executable).replace(
        "User=stylebot", "User=root"
    )
    unit.write_text(here.replace("WorkingDirectory=/opt/stylebot", "WorkingDirectory=/"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_fits_the_program() -> None:
    assert set_to("Type") == "notify"
    assert set_to("Restart") == "on-failure"
    assert set_to("RestartPreventExitStatus") == str(BAD_USE)
    assert float(set_to("TimeoutStopSec")) > GRACE_SECONDS + STEPS * STEP_SECONDS + LAST_STEP_SECONDS
    assert float(set_to("WatchdogSec")) >= 10  # twice in this time a beat, of one a second
    assert set_to("OOMPolicy") == "continue"  # the examiner goes first, and the bot goes on


@pytest.mark.parametrize("file", ["docs/stylebot.service", "docs/operating.md", "compose.yaml", "Dockerfile"])
def test_every_setting_that_is_named_is_one(file: str) -> None:
    named = set(re.findall(r"\b((?:BOT|STYLER)_[A-Z_]*[A-Z])\b(?!_?\*)", (ROOT / file).read_text()))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_metric_that_the_guide_names_is_there_from_the_start() -> None:
    from prometheus_client import generate_latest

    from bot.operation.metrics import Metrics, Now

    metrics = Metrics()
    metrics.watch(
        lambda: Now(
            waiting=0, statuses=[], silences={"loop": 0}, device="cpu", device_memory=1, free_memory=1
        )
    )
    metrics.api_called("getMe", 200, 0.1)
    told = generate_latest(metrics.registry).decode()
    for reason in Failure:  # an alert sees no increase where there was nothing before
        assert f'stylebot_job_failures_total{{reason="{reason}"}} 0.0' in told
    for name in set(re.findall(r"\b((?:stylebot|process)_[a-z0-9_]+_[a-z0-9]+)\b", GUIDE)):
        assert f"# HELP {re.sub('_bucket$', '', name)} " in told, name


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(((?!https?:)[^)#]+)[^)]*\)", GUIDE))))
def test_links_of_the_guide_lead_somewhere(target: str) -> None:
    assert (ROOT / "docs" / target).exists()
