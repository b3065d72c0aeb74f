"""Lin, Wang: Review of "Gradient Descent Finds Global Minima of Deep Neural Networks", 3 May 2022.

Setting: x^(h) = sqrt(c_sigma/m) sigma(W^(h) x^(h-1)), f = a.x^(H), entries of W^(h) and a iid N(0, 1); loss =
half the *sum* of squares; a is frozen; |sigma(0)|, Lip(sigma) and Lip(sigma') are finite, sigma analytic.
"""
