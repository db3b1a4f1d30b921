"""Scores of the partially linear model: orthogonal to the function of z, one file a score; how they are solved."""
