"""A finished stem in a lossy format, from its lossless file."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.audio.decode import Limits, open_audio
from core.audio.formats import OutputFormat
from core.audio.stem_file import StemFile, StemWriter


def convert(
    source: Path,
    target: Path,
    output: OutputFormat,
    stem: str,
    tags: Mapping[str, str],
    limits: Limits,
    check: Callable[[], None],
) -> StemFile:
    """Write the stem's file `source` as `target`. `tags` are of the song; the cover is the file's own. `check` is
    called each second of audio, and may raise.

    Raises:
        InputError: the file cannot be decoded.
        EncodingFailed: the encoder does not write these samples, or does not survive them.
        OSError: the file cannot be written.
    """
    assert not output.lossless, "samples are floats, and limited to full scale"
    with open_audio(source, limits) as stream:
        info = replace(stream.info, tags=dict(tags))
        with StemWriter(stem, target, output, None, info, stream.cover) as writer:
            for block in stream:
                check()
                writer.write(np.clip(block, -1, 1))
            return writer.finish([])
