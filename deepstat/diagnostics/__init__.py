"""Checks of a fit: is the predicted distribution right? Functions, and plots in the manner of scikit-learn's displays.

Those of distributions take the observed values first. Give rows that the fit has not seen: on its training rows a
flexible model looks better than it is. Those of graphs draw a graph, embedded nodes and attention. matplotlib is
imported when a plot is drawn.
"""

from deepstat.diagnostics.attention_coefficients import attention_coefficients
from deepstat.diagnostics.attention_display import AttentionDisplay
from deepstat.diagnostics.calibration_test import calibration_test
from deepstat.diagnostics.can_tell_apart import can_tell_apart
from deepstat.diagnostics.decompose_crps import decompose_crps
from deepstat.diagnostics.dirichlet_energy import dirichlet_energy
from deepstat.diagnostics.embedding_display import EmbeddingDisplay
from deepstat.diagnostics.graph_display import GraphDisplay
from deepstat.diagnostics.hidden_states import hidden_states
from deepstat.diagnostics.mean_average_distance import mean_average_distance
from deepstat.diagnostics.pit import pit
from deepstat.diagnostics.pit_curve import pit_curve
from deepstat.diagnostics.pit_histogram_display import PITHistogramDisplay
from deepstat.diagnostics.pit_limits import pit_limits
from deepstat.diagnostics.qq_display import QQDisplay
from deepstat.diagnostics.quantile_calibration_display import QuantileCalibrationDisplay
from deepstat.diagnostics.quantile_residuals import quantile_residuals
from deepstat.diagnostics.reliability_display import ReliabilityDisplay
from deepstat.diagnostics.worm_plot_display import WormPlotDisplay

__all__ = [
    "AttentionDisplay",
    "EmbeddingDisplay",
    "GraphDisplay",
    "PITHistogramDisplay",
    "QQDisplay",
    "QuantileCalibrationDisplay",
    "ReliabilityDisplay",
    "WormPlotDisplay",
    "attention_coefficients",
    "calibration_test",
    "can_tell_apart",
    "decompose_crps",
    "dirichlet_energy",
    "hidden_states",
    "mean_average_distance",
    "pit",
    "pit_curve",
    "pit_limits",
    "quantile_residuals",
]
