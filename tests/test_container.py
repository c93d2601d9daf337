"""The container runs with as few rights as it can, and its image holds no secret."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


def instructions(name: str) -> list[str]:
    """What stands after each of them in the last stage, which is the one that is run."""
    stage = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[-1]
    return re.findall(rf"^{name} (.*)", stage.replace("\\\n", " "), flags=re.MULTILINE)


def test_it_does_not_run_as_root() -> None:
    [user] = instructions("USER")
    assert user.partition(":")[0] not in {"0", "root", ""}
    assert DOCKERFILE.rindex("\nUSER ") < DOCKERFILE.rindex("\nENTRYPOINT ")


def test_only_what_is_named_gets_into_the_image() -> None:
    """Neither .env nor data/ nor the history, whatever lies in the folder."""
    allowed = (ROOT / ".dockerignore").read_text().split()
    assert allowed[0] == "*"
    named = {name.removeprefix("!") for name in allowed if name.startswith("!")}
    assert named == {"pyproject.toml", "README.md", "LICENSE", "styler", "bot"}
    copied = re.findall(r"^(?:COPY|ADD) (.*)", DOCKERFILE, flags=re.MULTILINE)
    sources = {source for line in copied if "--from" not in line for source in line.split()[:-1]}
    assert sources <= named
    assert not re.search(r"^(ENV|ARG)\b.*(TOKEN|SECRET|PASSWORD|KEY)", DOCKERFILE, flags=re.MULTILINE)


def test_it_is_given_few_rights() -> None:
    for line in ("read_only: true", "cap_drop: [ALL]", '"no-new-privileges:true"', "mem_limit:"):
        assert line in COMPOSE
    assert "privileged: true" not in COMPOSE
    assert "docker.sock" not in COMPOSE
    published = re.findall(r'^\s+- "?([\d.:]+:\d+)"?$', COMPOSE, flags=re.MULTILINE)
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_git_keeps_no_secret() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {".env", "data/"} <= set(ignored)
    example = (ROOT / ".env.example").read_text()
    assert re.search(r"^BOT_TOKEN=$", example, flags=re.MULTILINE)
    assert re.search(r"^BOT_WEBHOOK_SECRET=$", example, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("package", "bad"),
    [("pillow", "12.9"), ("pillow-heif", "1.6.9"), ("aiohttp", "3.14.3"), ("tornado", "6.5.9")],
)
def test_versions_with_known_holes_are_not_asked_for(package: str, bad: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    [wanted] = [each for each in map(Requirement, project["dependencies"]) if each.name == package]
    assert bad not in wanted.specifier
    assert version(package) in wanted.specifier
