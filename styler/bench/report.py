"""What a benchmark found, and its writing as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under columns of text; the first column says what the row is about."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        head = ["| " + " | ".join(self.columns) + " |", "|---" * len(self.columns) + "|"]
        return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in self.rows)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the report."""

    name: str  # as on the command line: "evaluation"
    title: str
    text: str  # what was done and what the columns mean
    tables: tuple[Table, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)  # by name, for the targets and for programs
    skipped: tuple[str, ...] = ()  # what was not measured, and why

    def markdown(self) -> str:
        skipped = "\n".join(f"- Skipped: {each}" for each in self.skipped)
        parts = [f"## {self.title}", self.text, *(table.markdown() for table in self.tables), skipped]
        return "\n\n".join(part for part in parts if part)


def write_report(head: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole page: what stands above the sections, then each of them."""
    parts = ["# How fast, how good, how large", *head, *(section.markdown() for section in sections)]
    return "\n\n".join(parts) + "\n"


def seconds(value: float) -> str:
    """0.0123 -> "12.3 ms", 0.256 -> "0.256 s", 12.34 -> "12.3 s"."""
    if value < 0.1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"


def times(value: float) -> str:
    """2.345 -> "2.35 x", 63.2 -> "63 x"."""
    return f"{value:.3g} x" if value < 10 else f"{value:.0f} x"


def gigabytes(value: float) -> str:
    """Bytes -> "1.07 GB"; a gigabyte is 10^9 bytes."""
    return f"{value / 1e9:.2f} GB"
