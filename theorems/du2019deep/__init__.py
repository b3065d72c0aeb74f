"""Du, Lee, Li, Wang, Zhai: gradient descent finds global minima of deep neural networks, ICML 2019.

Setting: f(theta, x) = a.x^(H), x^(h) = sqrt(c_sigma / m) sigma(W^(h) x^(h-1)) (residual: x^(h-1) + c_res /
(H sqrt m) sigma(...)); unit inputs, standard normal weights, c_sigma = 1 / E sigma(z)^2.
"""
