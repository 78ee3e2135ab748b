"""Noise as a field, not a stream: a counter-based generator keyed by position.

The value at (seed, step, absolute latent frame, dimension) is a pure function of those four, so overlapping chunks
start from the same noise where they overlap, and no result depends on earlier computations [D]. Philox counts in blocks
of four 64-bit words; frame f owns the blocks [f D / 4, (f + 1) D / 4).

[P], [C], [I] and [D]: docs/method.md.
"""

import numpy as np
from numpy.typing import NDArray

WORDS_PER_BLOCK = 4


def noise(seed: int, step: int, first_frame: int, frames: int, dim: int) -> NDArray[np.float32]:
    """Standard normal noise `[dim, frames]` from `first_frame` on.

    Args:
        seed: of the job, 0 to 2^63 - 1.
        step: 0 for the start, i for the fresh noise of the i-th denoising step.
        dim: a multiple of 4.

    Raises:
        ValueError: dim is not a multiple of 4.
    """
    if dim % WORDS_PER_BLOCK:
        raise ValueError(f"dim must be a multiple of {WORDS_PER_BLOCK}, got {dim}")
    generator = np.random.Philox(key=np.array([seed, step], dtype=np.uint64))
    generator.advance(first_frame * dim // WORDS_PER_BLOCK)
    words = generator.random_raw(frames * dim).reshape(frames, dim // 2, 2)
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius = np.sqrt(-2.0 * np.log(uniform[..., 0]))  # Box and Muller: two uniforms, two normals
    angle = 2.0 * np.pi * uniform[..., 1]
    normal = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).reshape(frames, dim)
    return np.ascontiguousarray(normal.T, dtype=np.float32)
