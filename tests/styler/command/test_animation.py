"""Films are written and read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from styler.command import animation
from styler.command.animation import check_animation, save_animation
from styler.errors import OptionsError, OutputError

COLOURS = [(200, 40, 40), (40, 180, 60), (40, 60, 210)]
FRAMES = [
    Image.new("RGB", size, colour)
    for size, colour in zip([(40, 27), (60, 41), (60, 41)], COLOURS, strict=True)
]


def mean_colour(image: Image.Image) -> list[float]:
    return [float(value) for value in np.asarray(image.convert("RGB"), np.float32).mean((0, 1))]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_pictures_that_move(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    save_animation(FRAMES, path)
    with Image.open(path) as film:
        assert (film.n_frames, film.size) == (3, (60, 41))
        assert film.info["loop"] == 0
        shown = []
        for k, colour in enumerate(COLOURS):
            film.seek(k)
            film.load()
            shown.append(film.info["duration"])
            assert mean_colour(film) == pytest.approx(colour, abs=4)
    assert shown == [80, 80, 2000]


def test_a_video_plays_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    save_animation(FRAMES, path)
    with av.open(path) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = [frame.to_image() for frame in film.decode(video=0)]
        assert float(film.duration or 0) / av.time_base == pytest.approx(2.16, abs=0.01)
    assert {frame.size for frame in frames} == {(60, 42)}  # even sides
    for at, colour in zip([0, 2, 4, len(frames) - 1], [*COLOURS, COLOURS[2]], strict=True):
        assert mean_colour(frames[at]) == pytest.approx(colour, abs=6)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # the index in front


def test_large_frames_are_made_small(tmp_path: Path) -> None:
    save_animation([Image.new("RGB", (1200, 600))], tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (480, 240)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """For this process the disk is as good as full."""
    resource = pytest.importorskip("resource", reason="no such limits here")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".mp4"])
def test_a_film_that_finds_no_room_is_told(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    with files_no_larger_than(20), pytest.raises(OutputError, match=r"film\.\w+ cannot be written: File too"):
        save_animation(FRAMES, path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionsError, match=r"must end in \.gif, \.webp or \.mp4"):
        check_animation(tmp_path / "film.avi")
    with pytest.raises(OutputError, match="there is no folder"):
        check_animation(tmp_path / "nowhere" / "film.gif")
    monkeypatch.setattr(animation, "find_spec", lambda name: None)
    check_animation(tmp_path / "film.gif")
    with pytest.raises(OptionsError, match="pip install av"):
        check_animation(tmp_path / "film.mp4")
