"""One file being encoded, in a separate process: `encode_process`."""

import json
import os
import select
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from core.audio import child
from core.audio.encode_process import DTYPES, NOT_WRITTEN
from core.errors import EncodingFailed, InternalError

# Limits for encoding a stem. The longest recording in its most demanding format takes less than half an hour.
LIMITS = {"cpu_s": 7200, "memory_bytes": 1 << 30, "file_bytes": 12 << 30}
STALL_S = 60.0  # maximum wait until it accepts more samples, and for its end


@dataclass(frozen=True)
class Encoding:
    """FFmpeg's output options. `format` is its name of the sample format; `bit_rate` is of all channels."""

    muxer: str
    options: dict[str, str]
    codec: str
    rate: int
    layout: str
    channels: int
    format: str
    bit_rate: int | None
    best_quality: bool
    tags: dict[str, str]


class Encoder:
    """The process, from its start to `close`, which must always be called."""

    def __init__(self, path: Path, encoding: Encoding, cover: bytes = b"") -> None:
        """`cover`: a JPEG or PNG, for formats that carry one. Raises OSError: the file cannot be created."""
        self._encoding = encoding
        with path.open("w+b") as file:
            self._process = child.start("core.audio.encode_process", json.dumps(LIMITS), subprocess.PIPE, file)
        assert self._process.stdin is not None
        self._pipe = self._process.stdin.fileno()
        os.set_blocking(self._pipe, False)
        self._send(json.dumps({**asdict(encoding), "cover_bytes": len(cover)}).encode() + b"\n" + cover)

    def close(self) -> None:
        """Stop the encoder, if it still runs. May be repeated."""
        child.stop(self._process)

    def write(self, block: npt.NDArray[Any]) -> None:
        """Append [C, n].

        Raises:
            EncodingFailed, InternalError, OSError: as `finish`.
        """
        self._send(block.T.astype(DTYPES[self._encoding.format]).tobytes())

    def finish(self) -> None:
        """Complete the file.

        Raises:
            EncodingFailed: the encoder rejects the samples, or crashes or hangs.
            OSError: the file cannot be written, with the system's error number.
            InternalError: the encoder was killed from outside, or did not run.
        """
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._judge()

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            if not child.ready(self._pipe, select.POLLOUT, STALL_S):
                raise self._failed()
            try:
                left = left[os.write(self._pipe, left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._judge()
                raise InternalError("The audio encoder did not take all samples.") from None

    def _judge(self) -> None:
        status = child.status(self._process, STALL_S)
        if status is None:
            raise self._failed()
        if status == 0:
            return
        stderr = child.read_stderr(self._process)
        if status == NOT_WRITTEN:
            number = child.parse_report(stderr).get("errno")
            if isinstance(number, int):
                raise OSError(number, os.strerror(number))
        if status in (1, 2, NOT_WRITTEN, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
            raise InternalError(f"The audio encoder ended with status {status}: {stderr[-500:]}")
        raise self._failed()

    def _failed(self) -> EncodingFailed:
        return EncodingFailed(f"The stems cannot be written with {self._encoding.codec}. Choose another format.")
