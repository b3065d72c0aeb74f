"""Claims of the thesis that have no twin in its papers."""
