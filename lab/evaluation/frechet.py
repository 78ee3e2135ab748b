"""The Fréchet distance between two sets of feature vectors, as in FID (Heusel et al. 2017) and FAD (Kilgour 2019)."""

import numpy as np

from lab.evaluation.spectra import Floats

SHRINKAGE = 0.1  # of each covariance towards its diagonal, because a set may have fewer seconds than features
MIN_DEVIATION = 0.5  # dB; limits the scaling of features that hardly vary among true voices


def frechet_distance(true: Floats, separated: Floats) -> float | None:
    """Squared distance |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of Gaussians with the moments of the sets `[N, D]`.

    Both sets are divided by the standard deviations of the true one, so the distance has no unit. Covariances are 0.9
    times the sample covariance plus 0.1 times its diagonal. The distance depends on the number of rows: compare systems
    only on the same seconds. None for fewer than two rows.
    """
    if len(true) < 2 or len(separated) < 2:
        return None
    spread = np.maximum(true.std(axis=0, dtype=np.float64), MIN_DEVIATION)
    first, second = true / spread, separated / spread
    shift = first.mean(axis=0) - second.mean(axis=0)
    one, two = _covariance(first), _covariance(second)
    root = _root(one)
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ two @ root), 0.0)).sum()
    return max(0.0, float(shift @ shift + np.trace(one) + np.trace(two) - 2 * cross))


def _covariance(rows: Floats) -> Floats:
    sample = np.cov(rows.astype(np.float64), rowvar=False)
    return np.asarray((1 - SHRINKAGE) * sample + SHRINKAGE * np.diag(np.diag(sample)))


def _root(matrix: Floats) -> Floats:
    """Symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
