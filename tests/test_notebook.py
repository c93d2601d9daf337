"""The notebook runs from top to bottom, and what lies in it came from such a run."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "how-it-works.ipynb"
FIGURES = 9
LARGEST = 700_000  # bytes: small enough for a repository


def outputs_of(notebook: NotebookNode) -> list[NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    client.execute()  # raises CellExecutionError where a cell fails
    outputs = outputs_of(notebook)
    assert sum("image/jpeg" in output.get("data", {}) for output in outputs) == FIGURES
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_what_lies_in_it_came_from_one_run_and_tells_nothing_of_the_machine() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = outputs_of(notebook)
    assert sum(bool(output.get("data", {}).pop("image/jpeg", None)) for output in outputs) == FIGURES
    assert {output.output_type for output in outputs} <= {"display_data", "stream", "execute_result"}
    text = nbformat.writes(notebook)
    for place in (str(ROOT), "/home/", "/root/", "/Users/", "/tmp/", "site-packages"):
        assert place not in text
    assert NOTEBOOK.stat().st_size < LARGEST
