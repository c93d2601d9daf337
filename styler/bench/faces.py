"""Faces with and without the care for faces: how much of them is left, and how they look.

python -m styler.bench.faces PHOTO [PHOTO ...] --styles STYLE [STYLE ...] -o faces.md --sheet faces.jpg

The table gives the edge correlation within the boxes of the faces alone, the mean of each photo's. The sheet
shows each photo's surest face: the photo's own, then for each style the painted one with care and without.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from styler.allocator import keep_memory
from styler.bench.clock import say
from styler.bench.grid import check_places, lay_out, parser_of, publish
from styler.bench.measures import correlation, edges
from styler.bench.report import Table
from styler.errors import StylerError
from styler.faces import Face, find_faces
from styler.images import open_picture
from styler.options import StyleOptions
from styler.presets import load_presets
from styler.transfer import stylize

AROUND = 0.25  # of a face's box is shown on each side of it


@dataclass(frozen=True, slots=True)
class Comparison:
    """One photo in one style, with the care and without: the edges of its faces, and the surest one."""

    photo: str
    style: str
    faces: int
    kept: tuple[float, float]  # the faces' mean edge correlation: with, without
    crops: tuple[Image.Image, Image.Image, Image.Image]  # the photo's, with, without


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 2 after one line about bad use."""
    asked = build_parser().parse_args(arguments)
    keep_memory()
    try:
        check_places(asked)
        options = StyleOptions(size=asked.size, quality=asked.quality)
        found = [
            comparison
            for photo in asked.photos
            for comparison in compare(photo, asked.styles or list(load_presets()), options)
        ]
    except StylerError as error:
        say(f"styler.bench.faces: {error}")
        return 2
    if not found:
        say("styler.bench.faces: no face was found")
        return 2
    publish(asked, tell(found), lambda: lay_out([crop for each in found for crop in each.crops], columns=6))
    return 0


def build_parser() -> argparse.ArgumentParser:
    return parser_of(__doc__, "faces", sheet="the faces, side by side")


def compare(path: Path, styles: Sequence[str], options: StyleOptions) -> Iterator[Comparison]:
    """A photo in every style; none where it has no face. Raises StylerError."""
    photo = open_picture(path)
    faces = find_faces(photo)
    if not faces:
        say(f"{path.stem}: no face was found")
        return
    for style in styles:
        paintings = [
            stylize(photo, style, replace(options, faces=careful)).image for careful in (True, False)
        ]
        kept = [face_edge(painting, photo, faces) for painting in paintings]
        say(f"{path.stem} x {Path(style).stem}: {kept[0]:.3f} with, {kept[1]:.3f} without")
        surest = [crop(picture, photo, faces[0], AROUND) for picture in (photo, *paintings)]
        yield Comparison(
            path.stem, Path(style).stem, len(faces), (kept[0], kept[1]), (surest[0], surest[1], surest[2])
        )


def face_edge(painting: Image.Image, photo: Image.Image, faces: Sequence[Face]) -> float:
    """The mean over the faces, found in the photo, of how their edges correlate with the photo's, -1 to 1."""
    copy = photo.resize(painting.size, Image.Resampling.BICUBIC)
    found = [
        correlation(edges(crop(painting, photo, face)), edges(crop(copy, photo, face))) for face in faces
    ]
    return sum(found) / len(found)


def crop(picture: Image.Image, photo: Image.Image, face: Face, around: float = 0.0) -> Image.Image:
    """The face, found in the photo, in another size of it or in a painting of it, within its borders.

    around: how much beside its box is left, as a share of that.
    """
    left, top, right, bottom = face.scaled(picture.width / photo.width, picture.height / photo.height).box
    across, down = around * (right - left), around * (bottom - top)
    return picture.crop(
        (
            max(0, round(left - across)),
            max(0, round(top - down)),
            min(picture.width, round(right + across)),
            min(picture.height, round(bottom + down)),
        )
    )


def tell(found: Sequence[Comparison]) -> str:
    """The table, below the means of all."""
    with_care, without = (sum(each.kept[index] for each in found) / len(found) for index in (0, 1))
    summary = (
        f"{len(found)} paintings, each with and without. Edge correlation within the faces: "
        f"{with_care:.3f} with care, {without:.3f} without; least "
        f"{min(each.kept[0] for each in found):.3f} and {min(each.kept[1] for each in found):.3f}."
    )
    rows = [
        (each.photo, str(each.faces), each.style, f"{each.kept[0]:.3f}", f"{each.kept[1]:.3f}")
        for each in found
    ]
    table = Table(("photo", "faces", "style", "with care", "without"), tuple(rows))
    return f"{summary}\n\n{table.markdown()}\n"


if __name__ == "__main__":
    sys.exit(main())
