"""The report of a fit as statsmodels' Summary: what is known of a deep fit, and of what no standard error is."""
