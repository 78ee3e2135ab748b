"""Real media files and the signals in them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.media import tones, write_media


@pytest.fixture
def media() -> Callable[..., Path]:
    return write_media


@pytest.fixture
def signal() -> Callable[..., np.ndarray]:
    return tones
