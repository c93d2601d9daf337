"""What painting tells: its progress while it goes on, and the result."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from styler.images import fit_within
from styler.options import DEFAULT_COLORS_BY, StyleOptions
from styler.outputs import save_picture
from styler.painting.checkpoint import Checkpoint
from styler.painting.objective import Losses
from styler.pyramid import plan_pyramid
from styler.sources import Style
from styler.version import engine_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a painting stands after one step."""

    scale: int  # 1-based
    scales: int
    width: int  # of this scale
    height: int
    step: int  # 1-based, over all scales
    steps: int  # of all scales
    fraction: float  # of the whole work, 0 to 1
    elapsed: float  # seconds, those before a checkpoint included
    remaining: float  # seconds, estimated from this painting's own speed
    last_of_scale: bool
    # All wait for the device; call them within the callback.
    read_losses: Callable[[], Losses]
    picture: Callable[[], Image.Image]  # the best so far, at this scale's size
    checkpoint: Callable[[], Checkpoint]  # where to go on from, see `stylize(resume=...)`

    @property
    def losses(self) -> Losses:
        """The parts of the loss after this step. Waits for the device, as `read_losses` does."""
        return self.read_losses()


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleResult:
    """The painting, and all it takes to paint it again."""

    image: Image.Image
    options: StyleOptions  # as used: size, strength and steps are filled in
    styles: tuple[str, ...]
    device: str
    steps: int  # taken, which is fewer than planned when stopped
    stopped: bool
    reduced: bool  # memory did not suffice for the size asked for
    elapsed: float  # seconds, those before a checkpoint included
    losses: Losses
    recipe: str  # one line
    checkpoint: Checkpoint | None = None  # where to go on from; None when it was not stopped

    def save(self, path: str | Path) -> None:
        """Writes a JPEG, PNG or WebP by the suffix, with the recipe as its comment."""
        save_picture(self.image, Path(path), self.recipe)


def recipe(styles: tuple[Style, ...], options: StyleOptions, image: Image.Image) -> str:
    """One line that says how `image` was painted."""
    names = "+".join(
        _in_one_line(style.name) + ("" if len(styles) == 1 else f":{style.share:.2g}") for style in styles
    )
    parts = [
        f"style={names}",
        f"strength={options.strength:g}",
        f"size={image.width}x{image.height}",
        f"quality={options.quality}",
        f"seed={options.seed}",
    ]
    if options.keep_colors:
        parts.append(f"keep-colors={options.colors_by or DEFAULT_COLORS_BY}")
    if not options.faces:
        parts.append("no-faces")
    if any(style.mask is not None for style in styles):
        parts.append("masks")
    return f"styler {engine_version()}: " + " ".join([*parts, *_for_experts(options, image)])


def _for_experts(options: StyleOptions, image: Image.Image) -> Iterator[str]:
    """What few people change, where it was changed."""
    if options.steps not in {None, _usual_steps(options, image)}:
        yield f"steps={options.steps}"
    for name in ("style_weight", "content_weight", "tv_weight"):
        if getattr(options, name) != getattr(StyleOptions(), name):
            yield f"{name.replace('_', '-')}={getattr(options, name):g}"
    if options.weights != StyleOptions().weights:
        # Not where the file lies, which is nobody's business where the painting is shown.
        yield f"weights={_in_one_line(Path(options.weights).name)}"


def _usual_steps(options: StyleOptions, image: Image.Image) -> int:
    """How many there would have been, had nobody asked for a number: options as used hold one either way."""
    size = fit_within(*image.size, options.size or max(image.size))  # as planned: `image` may be reduced
    return sum(scale.steps for scale in plan_pyramid(*size, options.quality))


def _in_one_line(name: str) -> str:
    """A file's name may hold anything, line breaks too."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
