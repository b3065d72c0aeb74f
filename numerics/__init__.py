"""Mathematics engines: balls, kernels and Gram matrices, verified eigenvalues, gradient flow and descent."""
