"""A film of how a picture came about: its frames in, a GIF, WebP or MP4 out. Loads no torch."""

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from styler.errors import OptionsError
from styler.images import fit_within, resize
from styler.outputs import check_folder, told_as_output_error, write_whole

FRAME_SIDE = 480  # pixels at most
FRAME_MS, LAST_FRAME_MS = 80, 2000

# 25 frames a second, which every player knows; both times above are whole numbers of them.
VIDEO_RATE = 25
VIDEO_FRAME_MS = 1000 // VIDEO_RATE
# Quality 18 of 0 (exact) to 51; the index in front, so that a web page can start before it has all.
VIDEO_OPTIONS = {"crf": "18"}
CONTAINER_OPTIONS = {"movflags": "+faststart"}


def check_animation(path: Path) -> None:
    """Finds out before the work what `save_animation` would only say after it; raises as it does."""
    suffix = path.suffix.lower()
    if suffix not in _ENCODERS:
        raise OptionsError(f"an animation must end in .gif, .webp or .mp4, not like {path.name!r}")
    if suffix == ".mp4" and find_spec("av") is None:
        raise OptionsError(
            "an .mp4 needs the package av: install it with `pip install av`, or ask for a .gif"
        )
    check_folder(path)


def frame_of(picture: Image.Image) -> Image.Image:
    """The picture as large as a film has it: a large painting's frames would take gigabytes."""
    return resize(picture, fit_within(*picture.size, min(FRAME_SIDE, max(picture.size))))


def save_animation(frames: Sequence[Image.Image], path: Path) -> None:
    """Writes the RGB `frames`, one at least, as a film in the last one's proportions that rests on its end.

    Raises OptionsError for a suffix other than .gif, .webp or .mp4, OutputError when it cannot be written.
    """
    check_animation(path)
    size = frame_of(frames[-1]).size
    with told_as_output_error(path):  # encoding too: a video needs room for a file of its own
        write_whole(path, _ENCODERS[path.suffix.lower()]([resize(frame, size) for frame in frames]))


def _pictures(format: str) -> Callable[[Sequence[Image.Image]], bytes]:
    def encode(frames: Sequence[Image.Image]) -> bytes:
        durations = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
        buffer = io.BytesIO()
        first, *others = frames
        first.save(buffer, format, save_all=True, append_images=others, duration=durations, loop=0)
        return buffer.getvalue()

    return encode


def _video(frames: Sequence[Image.Image]) -> bytes:
    """H.264 in yuv420p, which plays everywhere and in chats; it wants even sides."""
    import av

    width, height = (side + side % 2 for side in frames[0].size)
    # A real file: moving the index to the front takes a second look at it.
    with TemporaryDirectory(prefix="styler-") as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", options=CONTAINER_OPTIONS) as film:
            stream = film.add_stream("libx264", VIDEO_RATE, VIDEO_OPTIONS)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            for k, frame in enumerate(frames):
                pixels = np.asarray(resize(frame, (width, height)).convert("RGB"))
                shown = LAST_FRAME_MS if k == len(frames) - 1 else FRAME_MS
                for _ in range(shown // VIDEO_FRAME_MS):
                    film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            film.mux(stream.encode())
        return path.read_bytes()


_ENCODERS: dict[str, Callable[[Sequence[Image.Image]], bytes]] = {
    ".gif": _pictures("GIF"),
    ".webp": _pictures("WEBP"),
    ".mp4": _video,
}
