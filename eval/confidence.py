"""What the confidence of the first suggestion is worth: three statistics, computed for many resamples at once.

Every array has the resamples first: `[b, n] float64`. Answerable and unanswerable questions come apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

BINS = 10
FALSE_SHARE = 0.1
_CELLS = 20_000_000


def auroc(answerable: Doubles, unanswerable: Doubles) -> Doubles:
    """`[b]`: the chance that an answerable question has the higher confidence; ties count half.

    The area under the ROC curve as the Mann-Whitney statistic. NaN where either side is empty.
    """
    resamples, pairs = len(answerable), answerable.shape[1] * unanswerable.shape[1]
    if pairs == 0:
        return np.full(resamples, np.nan)
    found = np.empty(resamples)
    step = max(1, _CELLS // pairs)
    for start in range(0, resamples, step):
        a = answerable[start : start + step, :, np.newaxis]
        u = unanswerable[start : start + step, np.newaxis, :]
        found[start : start + step] = ((a > u).sum(axis=(1, 2)) + 0.5 * (a == u).sum(axis=(1, 2))) / pairs
    return found


def coverage_at(answerable: Doubles, unanswerable: Doubles, false_share: float = FALSE_SHARE) -> Doubles:
    """`[b]`: the share of answerable questions offered an answer while at most `false_share` of the others are.

    The best over every threshold; offered is what has a confidence of at least the threshold. NaN where either
    side is empty.
    """
    if answerable.shape[1] == 0 or unanswerable.shape[1] == 0:
        return np.full(len(answerable), np.nan)
    allowed = int(false_share * unanswerable.shape[1] + 1e-9)
    # The first unanswerable question over the allowed number must stay out, and with it all below.
    edge = -np.sort(-unanswerable, axis=1)[:, allowed]
    covered: Doubles = (answerable > edge[:, np.newaxis]).mean(axis=1)
    return covered


def calibration_error(confidence: Doubles, right: Doubles) -> Doubles:
    """`[b]`: expected calibration error over ten bins of equal width (Guo et al. 2017); NaN without questions.

    The mean distance between confidence and share right, weighted by the questions in the bin.
    """
    resamples, count = confidence.shape
    if count == 0:
        return np.full(resamples, np.nan)
    total = np.zeros(resamples)
    bins = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gap = confidence - right
    for number in range(BINS):
        total += np.abs(np.where(bins == number, gap, 0.0).sum(axis=1))
    error: Doubles = total / count
    return error
