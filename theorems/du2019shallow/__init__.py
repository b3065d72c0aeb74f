"""Du, Zhai, Poczos, Singh: gradient descent provably optimizes over-parameterized neural networks, ICLR 2019.

Setting: f(W, a, x) = m^(-1/2) sum_r a_r max(w_r.x, 0), loss = half the *sum* of squares, w_r ~ N(0, I),
a_r uniform on {-1, 1}; only W is trained; indicators are 1 at the kink.
"""
