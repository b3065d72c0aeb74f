"""Gradient descent on over-parameterised deep ReLU networks (zou2020)."""
