"""Orders and paintings with their pictures beside them, to be sent to another machine and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.painting.checkpoints import if_it_can_be_written
from bot.painting.painter import Painting, PaintOrder
from styler import Preset
from styler.outputs import told_as_output_error, write_whole


@dataclass(frozen=True, slots=True)
class OrderParcel:
    """An order whose paths are those of these files in a folder of their own."""

    order: PaintOrder
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class PaintingParcel:
    """What came of an order."""

    painting: Painting
    picture: bytes
    checkpoint: bytes | None  # where it was stopped


def pack(order: PaintOrder) -> OrderParcel:
    """Reads the order's pictures, and its checkpoint where there is one. Raises OSError."""
    files: dict[str, bytes] = {}

    def put_in(path: Path) -> Path:
        name = Path(str(len(files)), path.name)  # which a painting's recipe may tell
        files[str(name)] = path.read_bytes()
        return name

    within = _with_paths(order, put_in)
    checkpoint = Path("checkpoint")
    if order.checkpoint is not None and order.checkpoint.is_file():
        files[str(checkpoint)] = order.checkpoint.read_bytes()
    return OrderParcel(
        replace(within, output=Path("painting" + order.output.suffix), checkpoint=checkpoint), files
    )


def unpack(parcel: OrderParcel, folder: Path) -> PaintOrder:
    """Writes the files there, and returns the order that names them."""
    for name, content in parcel.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    order = _with_paths(parcel.order, folder.joinpath)
    assert order.checkpoint is not None
    return replace(order, output=folder / order.output, checkpoint=folder / order.checkpoint)


def deliver(parcel: PaintingParcel, order: PaintOrder) -> Painting:
    """Writes the painting where the order wants it. Raises `OutputError`."""
    if order.checkpoint is not None:
        if parcel.checkpoint is not None:
            with if_it_can_be_written(order.checkpoint):
                write_whole(order.checkpoint, parcel.checkpoint)
        else:
            order.checkpoint.unlink(missing_ok=True)
    with told_as_output_error(order.output):
        write_whole(order.output, parcel.picture)
    return replace(parcel.painting, path=order.output)


def _with_paths(order: PaintOrder, place: Callable[[Path], Path]) -> PaintOrder:
    """The same with its pictures elsewhere."""
    styles = tuple(
        (replace(style, path=place(style.path)) if isinstance(style, Preset) else place(style), weight)
        for style, weight in order.styles
    )
    return replace(order, content=place(order.content), styles=styles)
