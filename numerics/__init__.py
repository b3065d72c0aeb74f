"""Mathematics engines: Arb balls, kernels and Gram matrices, verified eigenvalues, gradient flow and descent."""
