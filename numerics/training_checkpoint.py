"""Checkpoints of `numerics.training`: the whole state of interrupted runs in one file, written atomically.

The file is a SHA-256 digest followed by an npz archive of plain arrays (no pickles). It is written beside its
final name, flushed to disk and renamed, so that an interruption leaves the old file or the new one.
"""

import hashlib
import io
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

State = dict[str, npt.NDArray[Any]]

_DIGEST = 64


def fingerprint(arrays: Sequence[npt.NDArray[Any]], options: tuple[Any, ...]) -> str:
    """Hash of what determines a run: arrays with their shapes and types, and options by their repr.

    >>> fingerprint([np.zeros(2)], (1,)) == fingerprint([np.zeros((2, 1))], (1,))
    False
    """
    digest = hashlib.sha256(repr(options).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class Checkpoint:
    """One checkpoint file: groups that have finished and the state of the one that runs."""

    def __init__(self, path: Path, key: str, seconds: float) -> None:
        self.path, self.key, self.seconds = path, key, seconds
        self.last = time.monotonic()
        if not path.parent.is_dir():
            raise ValueError(f"Expected checkpoint in an existing folder but got {str(path)!r}")

    def due(self) -> bool:
        """Whether `seconds` have passed since the last write."""
        return time.monotonic() - self.last >= self.seconds

    def save(self, finished: Sequence[State], state: State | None) -> None:
        """Write the file in one rename; no state means that every group has finished."""
        groups = enumerate([*finished, state or {}])
        arrays: dict[str, Any] = {f"{g}/{name}": v for g, group in groups for name, v in group.items()}
        about = json.dumps({"key": self.key, "groups": len(finished)}).encode()
        buffer = io.BytesIO()
        arrays["about"] = np.frombuffer(about, dtype=np.uint8)
        np.savez(buffer, **arrays)
        body = buffer.getvalue()
        beside = self.path.with_name(self.path.name + ".part")
        with beside.open("wb") as file:
            file.write(hashlib.sha256(body).hexdigest().encode() + body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        self.last = time.monotonic()

    def load(self) -> tuple[list[State], State | None]:
        """Finished groups and the running state; nothing where there is no file yet.

        Raises ValueError when the file is damaged, or belongs to other arguments.
        """
        if not self.path.exists():
            return [], None
        raw = self.path.read_bytes()
        digest, body = raw[:_DIGEST], raw[_DIGEST:]
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError(f"Expected a whole checkpoint but {str(self.path)!r} is damaged: delete it")
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            about = json.loads(archive["about"].tobytes())
            if about["key"] != self.key:
                raise ValueError(
                    f"Expected a checkpoint of these arguments but {str(self.path)!r} is of others"
                )
            groups: list[State] = [{} for _ in range(about["groups"] + 1)]
            for name in archive.files:
                if name != "about":
                    group, _, column = name.partition("/")
                    groups[int(group)][column] = archive[name]
        return groups[:-1], groups[-1] or None

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)
