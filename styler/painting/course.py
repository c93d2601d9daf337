"""One painting, from its start up the pyramid to the finished pictures."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.allocator import give_back
from styler.encoder import Economy, Encoder
from styler.errors import OutOfMemory
from styler.painting.balance import NEARLY_NOTHING, balanced, content_weight
from styler.painting.checkpoint import Checkpoint, name_painting, on_cpu
from styler.painting.memory import out_of_memory_told, with_room, within_memory
from styler.painting.objective import read_losses
from styler.painting.recordings import descend
from styler.painting.results import Progress, StyleResult, recipe
from styler.painting.subjects import AtScale, Subject, standing_out_in
from styler.pyramid import Scale

log = logging.getLogger(__name__)

START_NOISE = 2.0  # grey levels, root mean square


class Painting:
    """Goes up the pyramid, scale by scale, with all the subjects at once."""

    def __init__(
        self,
        subjects: tuple[Subject, ...],
        encoder: Encoder,
        pyramid: tuple[Scale, ...],
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._subjects = subjects
        self._options = subjects[0].options  # what does not differ between the subjects is read from here
        self._encoder = encoder
        self._pyramid = pyramid
        self._on_progress = on_progress
        self._should_stop = should_stop or (lambda: False)
        self._started = time.perf_counter()
        self._steps_taken = 0
        self._stopped = False
        self._reduced = False
        self._losses = torch.zeros(len(subjects), 4)
        weights = [
            content_weight(each.options.strength or 0) * each.options.content_weight for each in subjects
        ]
        self._content_weights = torch.tensor(weights, device=encoder.device)
        self._resumed: Checkpoint | None = None
        self._left: Checkpoint | None = None  # where it was stopped

    def go_on_from(self, resume: Checkpoint) -> None:
        """Ignores what is of another painting."""
        if not resume.fits(self._name, self._pyramid):
            log.info("The checkpoint is of another painting: this one starts anew.")
            return
        self._resumed = resume
        self._started -= resume.elapsed
        self._steps_taken = sum(each.steps for each in self._pyramid[: resume.scale]) + resume.step
        self._losses = resume.losses
        self._content_weights = resume.content_weights.to(self._encoder.device)

    def paint(self) -> list[StyleResult]:
        """A result for each subject, smaller where there is no room for more.

        Raises OutOfMemory when there is none for the first scale.
        """
        device = self._encoder.device
        first = self._resumed.scale if self._resumed else 0
        pixels = self._resumed.pixels.to(device) if self._resumed else with_room(device, self._start)
        for index in range(first, len(self._pyramid)):
            if self._stopped:
                break
            before = self._steps_taken, self._losses
            try:
                pixels = self._paint_scale(index, pixels)
                if index == 0:
                    self._balance()
            except OutOfMemory:
                if index == 0:
                    raise
                self._steps_taken, self._losses = before  # memory may have run out after some steps
                break  # what was painted before is a picture too
        if self._stopped:
            with suppress(OutOfMemory):
                pixels = self._resized(pixels, self._pyramid[-1])
        self._reduced = pixels.shape[2:] != (self._pyramid[-1].height, self._pyramid[-1].width)
        return [self._result(index, pixels[index : index + 1]) for index in range(len(self._subjects))]

    def _balance(self) -> None:
        content_losses = self._losses[:, 1].to(self._encoder.device)
        distances = content_losses / self._content_weights.clamp_min(NEARLY_NOTHING)
        self._content_weights = balanced(self._content_weights, distances)

    def _start(self) -> Tensor:
        """The photos in their styles' colours, with a little noise.

        Without the colours the first third of the steps only finds them. Without the noise even skies and
        walls give the strokes nothing to start from.
        """
        pixels = AtScale(self._subjects, self._pyramid[0], self._encoder).recolored()
        generator = torch.Generator().manual_seed(self._options.seed)  # the CPU's, the same for every device
        noise = torch.randn(pixels.shape[1:], generator=generator)  # and for every picture of a batch
        return pixels + START_NOISE * noise.to(pixels.device)

    def _paint_scale(self, index: int, smaller: Tensor) -> Tensor:
        """smaller: what was painted before. Raises OutOfMemory when even the thinnest bands are too much."""
        scale = self._pyramid[index]
        pixels = self._resized(smaller, scale)
        taken = self._steps_taken
        before = self._resumed.step if self._resumed and self._resumed.scale == index else 0
        if before == scale.steps:
            return pixels

        def attempt(economy: Economy) -> Tensor:
            self._steps_taken = taken
            log.debug("%dx%d: %s.", scale.width, scale.height, economy)
            there = AtScale(self._subjects, scale, self._encoder, economy)
            objective = there.objective(self._content_weights, self._standing_out)
            del there  # its pictures would be kept all the way
            if self._encoder.device.type == "cpu":
                give_back()  # what the smaller scale and the targets took: steps want other sizes
            return descend(objective, pixels, scale.steps - before, after_step)

        def after_step(step: int, losses: Tensor, best: Tensor) -> bool:
            self._steps_taken += 1
            self._losses = losses.clone()  # the next step overwrites them
            self._report(index, before + step, best)
            is_last = index + 1 == len(self._pyramid) and before + step == scale.steps
            self._stopped = not is_last and self._should_stop()
            if self._stopped:
                self._left = self._checkpoint(index, before + step, best)
            return not self._stopped

        at_once = len(pixels) * scale.width * scale.height
        return within_memory(self._encoder.device, self._encoder.dtype, at_once, attempt)

    def _resized(self, pixels: Tensor, scale: Scale) -> Tensor:
        """Raises OutOfMemory."""
        with out_of_memory_told(self._encoder.device):
            return with_room(self._encoder.device, lambda: _resize_pixels(pixels, scale))

    def _report(self, index: int, step: int, pixels: Tensor) -> None:
        if self._on_progress is None:
            return
        scale = self._pyramid[index]
        done = sum(each.cost for each in self._pyramid[:index]) + scale.cost * step / scale.steps
        fraction = done / sum(each.cost for each in self._pyramid)
        elapsed = time.perf_counter() - self._started
        losses = self._losses
        self._on_progress(
            Progress(
                scale=index + 1,
                scales=len(self._pyramid),
                width=scale.width,
                height=scale.height,
                step=self._steps_taken,
                steps=sum(each.steps for each in self._pyramid),
                fraction=fraction,
                elapsed=elapsed,
                remaining=elapsed * (1 - fraction) / fraction,
                last_of_scale=step == scale.steps,
                read_losses=lambda: read_losses(losses)[0],
                picture=lambda: self._subjects[0].finished(pixels[:1]),
                checkpoint=lambda: self._checkpoint(index, step, pixels),
            )
        )

    @cached_property
    def _standing_out(self) -> Tensor | None:
        return standing_out_in(self._subjects, self._encoder)

    @cached_property
    def _name(self) -> str:
        return name_painting(self._subjects, self._pyramid)

    def _checkpoint(self, index: int, step: int, pixels: Tensor) -> Checkpoint:
        return Checkpoint(
            painting=self._name,
            scale=index,
            step=step,
            elapsed=time.perf_counter() - self._started,
            pixels=on_cpu(pixels),
            content_weights=on_cpu(self._content_weights),
            losses=on_cpu(self._losses),
        )

    def _result(self, index: int, pixels: Tensor) -> StyleResult:
        subject = self._subjects[index]
        image = with_room(pixels.device, lambda: subject.finished(pixels))
        return StyleResult(
            image=image,
            options=subject.options,
            styles=tuple(style.name for style in subject.styles),
            device=str(self._encoder.device),
            steps=self._steps_taken,
            stopped=self._stopped,
            reduced=self._reduced,
            elapsed=time.perf_counter() - self._started,
            losses=read_losses(self._losses)[index],
            recipe=recipe(subject.styles, subject.options, image),
            checkpoint=self._left,
        )


def _resize_pixels(pixels: Tensor, scale: Scale) -> Tensor:
    size = scale.height, scale.width
    return pixels if pixels.shape[2:] == size else F.interpolate(pixels, size, mode="bicubic")
