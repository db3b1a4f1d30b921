"""Classical models: likelihoods, least squares, quantiles and robust regression with the standard errors they own."""
