"""Lin, Wang: review of the convergence theory of deep networks trained by gradient descent, 2022.

Setting: x^(h) = sqrt(c_sigma / m) sigma(W^(h) x^(h-1)), f = a.x^(H); unit inputs; all weights standard normal.
"""
