"""The container of saved models: one safetensors file with one JSON document, told by a digest of both."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialise

from deepstat.errors import FileError
from deepstat.training.checkpoint import write_atomically

FORMAT = 3


def write_container(
    path: str | os.PathLike[str], document: dict[str, Any], tensors: Mapping[str, torch.Tensor]
) -> None:
    """Write a file beside its final place and move it there whole: a failed save leaves an old file as it was.

    Parameters
    ----------
    path : path
    document : dict
        Plain JSON values.
    tensors : mapping of str to Tensor

    Raises
    ------
    FileError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_container(Path(folder) / "model", {"format": FORMAT}, {"one": torch.ones(1)})
    ...     read_container(Path(folder) / "model")
    ({'format': 3}, {'one': tensor([1.])})
    """
    own = {name: value.contiguous().clone() for name, value in tensors.items()}
    text = json.dumps(document, allow_nan=True)
    data = serialise(own, {"deepstat": text, "digest": digest(text, own)})
    try:
        write_atomically(Path(path), [data])
    except OSError as error:
        raise FileError(
            f"The model cannot be saved to {os.fspath(path)!r} ({error.strerror}): nothing was changed there; "
            "choose another place or free some space."
        ) from error


def read_container(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return the document and the tensors of a file, both as they were written.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileError
        The file is missing, truncated, damaged, of another kind, or of a newer format.

    Examples
    --------
    >>> read_container(Path("nowhere"))
    Traceback (most recent call last):
    deepstat.errors.FileError: There is no file 'nowhere': check the path.
    """
    if not path.is_file():
        raise FileError(f"There is no file {os.fspath(path)!r}: check the path.")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            document = json.loads(metadata["deepstat"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        raise FileError(
            f"{os.fspath(path)!r} is no model saved by deepstat, or it is truncated ({type(error).__name__}): "
            "nothing of it was used; save the model again."
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise FileError(f"{os.fspath(path)!r} holds no deepstat model: nothing of it was used.")
    if document["format"] > FORMAT:
        raise FileError(
            f"{os.fspath(path)!r} was saved by deepstat {document.get('deepstat')} in format {document['format']}, "
            f"this version reads up to {FORMAT}: update deepstat."
        )
    if metadata.get("digest") != digest(metadata["deepstat"], tensors):
        raise FileError(
            f"{os.fspath(path)!r} was damaged or changed after it was saved: nothing of it was used."
        )
    return document, tensors


def digest(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """Return a fingerprint of all that is saved, so that a flipped bit is told and not computed with.

    Examples
    --------
    >>> digest("{}", {"one": torch.ones(1)})[:8] == digest("{}", {"one": torch.zeros(1)})[:8]
    False
    """
    found = hashlib.blake2b(text.encode(), digest_size=32)
    for name, value in sorted(tensors.items()):
        found.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        found.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


# -- values as JSON: numbers, text, lists and dicts, with tuples and numpy scalars kept apart -------------------------


def to_json(name: str, value: Any) -> Any:
    """Return a parameter as plain JSON values.

    Raises
    ------
    FileError
        It is something else than numbers, text, lists, tuples and dicts of them, or arrays of numbers.

    Examples
    --------
    >>> to_json("sizes", (4, np.float64(2.0)))
    {'tuple': [4, 2.0]}
    """
    if isinstance(value, (np.integer, np.floating, np.bool_)):
        value = value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        items = [to_json(name, item) for item in value]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {"dict": [[to_json(name, key), to_json(name, item)] for key, item in value.items()]}
    if isinstance(value, np.random.RandomState):
        return None  # a generator in mid-stream is no setting; a later fit draws fresh entropy
    raise FileError(
        f"{name}={value!r} cannot be saved: register it in a plugin and use its name, or set it to a name "
        "before saving."
    )


def from_json(value: Any) -> Any:
    """Return what :func:`to_json` was given.

    Examples
    --------
    >>> from_json({"dict": [["sizes", {"tuple": [4, 2.0]}]]})
    {'sizes': (4, 2.0)}
    """
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, dict):
        if "tuple" in value:
            return tuple(from_json(item) for item in value["tuple"])
        return {from_json(key): from_json(item) for key, item in value["dict"]}
    return value
