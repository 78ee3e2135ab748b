"""A classifier two-sample test (Lopez-Paz and Oquab 2017) between true and separated voices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from lab.evaluation.spectra import Floats
from lab.evaluation.statistics import Interval

FOLDS = 5
RIDGE = 0.01  # weight of the squared coefficients of standardised features, relative to the mean log loss
MIN_DEVIATION = 0.1  # dB; limits the scaling of features that hardly vary
RESAMPLES = 200


def two_sample_auc(true: Floats, separated: Floats, songs: Sequence[str], seed: int = 0) -> Interval | None:
    """Area under the ROC curve for seconds of held-out songs, from 0.5 (indistinguishable) to 1.

    The classifier is a ridge logistic regression on standardised features, cross-validated in five folds over the
    sorted songs, fewer if there are fewer songs. The interval is a bootstrap over songs. For equal samples the area is
    exactly 0.5; with few songs it can be slightly lower. None for fewer than two songs.

    Args:
        true, separated: features `[N, D]` of the same seconds, for example by `lab.evaluation.voice_features`.
        songs: the song of each row.
    """
    names = sorted(set(songs))
    if len(names) < 2:
        return None
    number = np.array([names.index(song) for song in songs])
    scores = np.empty((2, len(number)))
    folds = min(FOLDS, len(names))
    for fold in range(folds):
        held = number % folds == fold
        scores[:, held] = _classify(true[~held], separated[~held], np.stack([true[held], separated[held]]))
    rows = [np.flatnonzero(number == song) for song in range(len(names))]
    picks = np.random.default_rng(seed).integers(0, len(names), (RESAMPLES, len(names)))
    resampled = [auc(*scores[:, np.concatenate([rows[song] for song in pick])]) for pick in picks]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(auc(*scores), float(low), float(high), len(names))


def auc(lower: Floats, higher: Floats) -> float:
    """Probability that a score of `higher` `[M]` exceeds one of `lower` `[N]`; ties count as half (Mann-Whitney)."""
    ranks = rankdata(np.concatenate([lower, higher]))[len(lower) :]
    wins = float(ranks.sum()) - len(higher) * (len(higher) + 1) / 2
    return wins / (len(lower) * len(higher))


def _classify(true: Floats, separated: Floats, held_out: Floats) -> Floats:
    """Logits `[..., N]` of the class "separated" for `held_out` `[..., N, D]`, trained on the other two."""
    samples = np.concatenate([true, separated])
    labels: NDArray[np.float64] = np.repeat([0.0, 1.0], [len(true), len(separated)])
    centre, spread = samples.mean(axis=0), np.maximum(samples.std(axis=0), MIN_DEVIATION)
    samples = (samples - centre) / spread

    def loss(weights: Floats) -> tuple[float, Floats]:
        slopes, logits = weights[:-1], samples @ weights[:-1] + weights[-1]
        mean_loss = float(np.mean(np.logaddexp(0, logits) - labels * logits))
        error = (expit(logits) - labels) / len(labels)
        gradient = np.append(error @ samples + 2 * RIDGE * slopes, error.sum())
        return mean_loss + RIDGE * float(slopes @ slopes), gradient

    weights = minimize(loss, np.zeros(samples.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return np.asarray((held_out - centre) / spread @ weights[:-1] + weights[-1])
