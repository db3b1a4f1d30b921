"""One script a claim; see README.md in this folder."""
