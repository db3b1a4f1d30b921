"""Scores and calibration of predictions in numbers: NumPy in, NumPy out, the observed values first.

All scores are losses: smaller is better. `sample_weight` is a frequency, so weight 2 is the row twice, in means and in
bands.
"""

from deepstat.metrics.binned import binned
from deepstat.metrics.brier_decomposition import brier_decomposition
from deepstat.metrics.brier_score import brier_score
from deepstat.metrics.corp import corp
from deepstat.metrics.coverage import coverage
from deepstat.metrics.crps_decomposition import crps_decomposition
from deepstat.metrics.crps_quantiles import crps_quantiles
from deepstat.metrics.crps_sample import crps_sample
from deepstat.metrics.ecdf_band import ecdf_band
from deepstat.metrics.energy_score import energy_score
from deepstat.metrics.expectile_score import expectile_score
from deepstat.metrics.histogram_band import histogram_band
from deepstat.metrics.interval_score import interval_score
from deepstat.metrics.log_score import log_score
from deepstat.metrics.log_score_decomposition import log_score_decomposition
from deepstat.metrics.pinball_loss import pinball_loss
from deepstat.metrics.quantile_calibration import quantile_calibration
from deepstat.metrics.ranked_probability_score import ranked_probability_score
from deepstat.metrics.wilson_interval import wilson_interval

__all__ = [
    "binned",
    "brier_decomposition",
    "brier_score",
    "corp",
    "coverage",
    "crps_decomposition",
    "crps_quantiles",
    "crps_sample",
    "ecdf_band",
    "energy_score",
    "expectile_score",
    "histogram_band",
    "interval_score",
    "log_score",
    "log_score_decomposition",
    "pinball_loss",
    "quantile_calibration",
    "ranked_probability_score",
    "wilson_interval",
]
