"""Join chunks: in an overlap, the tail of the earlier chunk fades into the head of the later one."""

import numpy as np

from core.audio import chunks
from core.audio.types import Wav
from core.card import Geometry


def fade_in(length: int) -> Wav:
    """Raised-cosine weights [length] of the incoming chunk; w + reversed w = 1."""
    phase = (np.arange(length) + 0.5) / max(length, 1)
    return (0.5 - 0.5 * np.cos(np.pi * phase)).astype(np.float32)


def join(tail: Wav, head: Wav) -> Wav:
    """Cross-fade `tail` into `head`, both [C, n]. Equal samples stay unchanged."""
    return tail + fade_in(tail.shape[1]) * (head - tail)


def piece_from(
    prev_tail: Wav | None, chunk_wav: Wav, index: int, rate: int, geometry: Geometry, final: bool
) -> tuple[Wav, Wav | None]:
    """Turn chunk `index` into piece `index`.

    Args:
        prev_tail: the result of the call for chunk `index - 1` [C, fade]; None for the first chunk.
        chunk_wav: the chunk's samples [C, stop - start].
        final: whether it is the track's last chunk.
    Returns:
        the piece [C, n], and the tail [C, fade of the next] for the next call (None when final).
    Raises:
        ValueError: the lengths do not belong to chunk `index`.
    """
    here = chunks.chunk(index, None, rate, geometry)
    fade = chunks.fade_length(index, rate, geometry)
    length = chunk_wav.shape[1]
    if (length > here.length or length <= fade) if final else length != here.length:
        raise ValueError(f"{length} samples are not chunk {index}")
    if (0 if prev_tail is None else prev_tail.shape[1]) != fade:
        raise ValueError(f"chunk {index} needs a tail of {fade} samples")

    stop = length if final else chunks.chunk(index + 1, None, rate, geometry).start - here.start
    piece = chunk_wav[:, :stop].copy()
    if prev_tail is not None:
        piece[:, :fade] = join(prev_tail, chunk_wav[:, :fade])
    return piece, None if final else chunk_wav[:, stop:].copy()
