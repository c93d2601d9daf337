"""Nothing is written over what was given, nor over something else that is written."""

from pathlib import Path

import pytest
from PIL import Image

from styler.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: Image.Image) -> Path:
    """Where the command is called, with the files that it is given, and links to one of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps").mkdir()
    for name in ("photo.jpg", "style.jpg", "mask.jpg", "steps/step-0001.jpg"):
        photo.save(tmp_path / name)
    (tmp_path / "vgg.pth").write_text("weights")
    (tmp_path / "link.jpg").symlink_to("photo.jpg")
    (tmp_path / "into.jpg").symlink_to("steps/step-0001.jpg")
    (tmp_path / "hard.jpg").hardlink_to("photo.jpg")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("photo.jpg ink -o photo.jpg", "-o would overwrite the photo photo.jpg"),
        ("photo.jpg ink -o steps/../photo.jpg", "-o would overwrite the photo"),
        ("photo.jpg ink -o link.jpg", "-o would overwrite the photo"),
        ("photo.jpg ink -o hard.jpg", "-o would overwrite the photo"),
        ("photo.jpg style.jpg -o style.jpg", "-o would overwrite the style style.jpg"),
        ("photo.jpg style.jpg:2 ink -o style.jpg", "-o would overwrite the style style.jpg"),
        ("photo.jpg ink --mask mask.jpg -o mask.jpg", "-o would overwrite the mask mask.jpg"),
        ("photo.jpg ink -o out.jpg --trace photo.jpg", "--trace would overwrite the photo photo.jpg"),
        ("photo.jpg --style ink -o new --trace photo.jpg", "--trace would overwrite the photo"),
        ("photo.jpg ink -o out.jpg --trace out.jpg", "--trace would overwrite the painting out.jpg"),
        ("photo.jpg ink -o out.jpg --trace ink", "--trace would overwrite the style ink"),
        ("photo.jpg ink -o out.jpg --weights vgg.pth --trace vgg.pth", "the weights vgg.pth"),
        ("photo.jpg ink -o out.webp --animate out.webp", "--animate would overwrite the painting out.webp"),
        ("photo.jpg ink -o out.jpg --trace a.gif --animate a.gif", "--animate would overwrite the trace"),
        ("photo.jpg ink -o out.jpg --snapshots out.jpg", "--snapshots would overwrite the painting"),
        ("steps/step-0001.jpg ink -o out.jpg --snapshots steps", "--snapshots would overwrite the photo"),
        ("into.jpg ink -o out.jpg --snapshots steps", "--snapshots would overwrite the photo"),
        ("photo.jpg ink -o steps/step-0010.jpg --snapshots steps", "--snapshots would overwrite the paint"),
        ("sheet photo.jpg -o photo.jpg", "-o would overwrite the photo photo.jpg"),
    ],
)
def test_two_things_in_one_place_are_refused(arguments, message, folder, capsys) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert main(arguments.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"styler: {message}") or message in error
    assert error.endswith(": give it a place of its own\n")
    assert error.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_what_only_looks_alike_is_painted(folder) -> None:
    """A folder may be called like a preset, and the painting may lie in it."""
    (folder / "ink").mkdir()
    quick = ["--size", "64", "--steps", "1", "--device", "cpu"]
    arguments = "photo.jpg ink -o ink/out.jpg --trace ink/trace --snapshots ink"
    assert main([*arguments.split(), *quick]) == 0
    assert {path.name for path in (folder / "ink").iterdir()} == {"out.jpg", "trace", "step-0001.jpg"}


def test_paintings_in_a_folder_go_round_the_masks_in_it(folder, photo) -> None:
    mask = folder / "steps" / "photo-ink.jpg"
    Image.new("RGB", photo.size, "white").save(mask)
    before = mask.read_bytes()
    arguments = f"photo.jpg --style ink --mask {mask} -o steps --size 64 --steps 1 --device cpu"
    assert main(arguments.split()) == 0
    assert mask.read_bytes() == before
    assert (folder / "steps" / "photo-ink-2.jpg").exists()
