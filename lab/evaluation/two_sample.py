"""A two-sample test: does a small classifier distinguish true from separated voices (Lopez-Paz and Oquab 2017)?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata

from lab.evaluation.spectra import Floats
from lab.evaluation.statistics import Interval

FOLDS = 5
RIDGE = 0.01  # weight of the squared coefficients, of standardised features, against the mean log loss
SMALLEST_DEVIATION = 0.1  # dB; features that hardly vary are not blown up
RESAMPLES = 200


def two_sample_auc(true: Floats, separated: Floats, songs: Sequence[str], seed: int = 0) -> Interval | None:
    """Area under the ROC curve for seconds of held-out songs, 0.5 (indistinguishable) to 1 (always recognised).

    Ridge logistic regression on standardised features, trained on the other songs: five folds over songs in the order
    of their names, or one a song where there are fewer. The interval is a bootstrap over songs. Where both samples are
    equal it is exactly 0.5; on few songs it can be somewhat below.

    Args:
        true, separated: features `[N, D]` of the same seconds, for example of `lab.evaluation.voice_features`.
        songs: the song of each row. None is returned for fewer than two.
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
    """Probability that a score of `higher` `[M]` exceeds one of `lower` `[N]`; ties count half (Mann-Whitney)."""
    ranks = rankdata(np.concatenate([lower, higher]))[len(lower) :]
    wins = float(ranks.sum()) - len(higher) * (len(higher) + 1) / 2
    return wins / (len(lower) * len(higher))


def _classify(true: Floats, separated: Floats, asked: Floats) -> Floats:
    """Logits `[..., N]` of "separated" for `asked` `[..., N, D]`, by logistic regression on the other two."""
    known = np.concatenate([true, separated])
    labels: NDArray[np.float64] = np.repeat([0.0, 1.0], [len(true), len(separated)])
    centre, spread = known.mean(axis=0), np.maximum(known.std(axis=0), SMALLEST_DEVIATION)
    known = (known - centre) / spread

    def loss(weights: Floats) -> tuple[float, Floats]:
        slopes, logits = weights[:-1], known @ weights[:-1] + weights[-1]
        mean_loss = float(np.mean(np.logaddexp(0, logits) - labels * logits))
        error = (expit(logits) - labels) / len(labels)
        gradient = np.append(error @ known + 2 * RIDGE * slopes, error.sum())
        return mean_loss + RIDGE * float(slopes @ slopes), gradient

    weights = minimize(loss, np.zeros(known.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return np.asarray((asked - centre) / spread @ weights[:-1] + weights[-1])
