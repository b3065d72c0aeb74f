"""Zou, Cao, Zhou, Gu: gradient descent optimizes over-parameterized deep ReLU networks, Mach. Learn., 2020.

Setting: f(x) = v.sigma(W_L^T ... sigma(W_1^T x)), sigma the ReLU, v fixed, half of its entries 1 and half
-1; loss = the *mean* of log(1 + exp(-y f)); column j of W_l are the weights of unit j, entries N(0, 2/m_l);
masks are 0 at the kink; a product of matrices has the highest index on the left.
"""
