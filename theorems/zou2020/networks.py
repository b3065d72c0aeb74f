"""Section 3: products of matrices, the network, the risk and the Gaussian initialisation.

ReLU: z = p - q with p, q >= 0 and pq = 0, and max(z, 0) = p.  n is the number of inputs, m a width.
"""

from typing import Any

from verify import Claim, Context, Outcome, Statement, every, expectation, identity, prove

FROM_ONE, POSITIVE, FROM_ZERO = "[1, oo)", "(0, oo)", "[0, oo)"
COMPLEMENTARY = "max(z, 0) is the only p with p >= 0, p - z >= 0, p(p - z) = 0"

Table = list[list[str]]


def letters(name: str) -> Table:
    """A 2 x 2 matrix of symbols."""
    return [[f"{name}{i}{j}" for j in (0, 1)] for i in (0, 1)]


def times(A: Table, B: Table) -> Table:
    """A product of matrices of formulas."""
    inner = range(len(B))
    return [
        ["(" + " + ".join(f"{row[k]}*{B[k][j]}" for k in inner) + ")" for j in range(len(B[0]))] for row in A
    ]


def ordered(factors: list[Table], order: str) -> Table:
    """The product of A_1, A_2, ... with the last one on the left ("newest left") or on the right."""
    result = factors[0]
    for A in factors[1:]:
        result = times(A, result) if order == "newest left" else times(result, A)
    return result


product = Claim(
    "zou2020/def-product-notation",
    title="Products of matrices: the highest index on the left, the empty product is the identity",
    kind="definition",
    where="Section 3, notation",
    states=r"\prod_{r=l_1}^{l_2}A_r = A_{l_2}A_{l_2-1}\cdots A_{l_1}\ (l_1 \le l_2),\quad = e\,I\ "
    r"\text{otherwise},\ e = 1;\qquad A_{l_2}(\cdots(A_{l_1}x)) = \left(\prod_{r=l_1}^{l_2}A_r\right)x,\quad "
    r"\prod_{r=l_1}^{l_2} = A_{l_2}\prod_{r=l_1}^{l_2-1} = \left(\prod_{r=l_1+1}^{l_2}\right)A_{l_1}",
    printed={"order": "newest left", "empty": 1},
    parts=("order", "empty product"),
    note="Printed is the notation; the two formulas after it are what the layers of a network need. The size "
    "of I is the one that fits.",
)


@product.check(part="order", covers="universal")
def one_after_the_other(claim: Statement, ctx: Context) -> Outcome:
    """Three 2 x 2 matrices applied in turn; then the product with the outer factor split off."""
    factors = [letters(name) for name in "abc"]
    x = [["x0"], ["x1"]]
    applied = times(factors[2], times(factors[1], times(factors[0], x)))
    shown = times(ordered(factors, str(claim.order)), x)
    split = times(factors[2], ordered(factors[:2], str(claim.order)))
    whole = ordered(factors, str(claim.order))
    links = [identity(f"{applied[i][0]} == {shown[i][0]}", says="applied in turn") for i in (0, 1)]
    links += [identity(f"{split[i][j]} == {whole[i][j]}", says="split") for i in (0, 1) for j in (0, 1)]
    return every(*links, assumes=("associativity; any sizes that fit",))


@product.check(part="empty product", covers="universal")
def one_factor(claim: Statement, ctx: Context) -> Outcome:
    """l_1 = l_2: A times the empty product, on either side, must be A."""
    A, E = letters("a"), [["e", "0"], ["0", "e"]]
    let = {"e": claim.empty}
    sides = ((times(A, E), "on the right"), (times(E, A), "on the left"))
    links = [
        identity(f"{B[i][j]} == {A[i][j]}", let=let, says=says)
        for B, says in sides
        for i in (0, 1)
        for j in (0, 1)
    ]
    return every(*links)


product.falsehood("the lowest index on the left", order="newest right", by=("one_after_the_other",))
product.falsehood("the empty product is 0", empty=0, by=("one_factor",))


network = Claim(
    "zou2020/eq-3.1-network",
    title="Fully-connected ReLU network without biases, with fixed output weights ±1",
    kind="definition",
    where="Section 3, eq. (3.1)",
    states=r"f_W(x) = s\,v^\top\sigma(W_L^\top\sigma(W_{L-1}^\top\cdots\sigma(W_1^\top x)\cdots)),\ s = 1;"
    r"\quad f_{(c_1W_1,\dots,c_LW_L)} = \prod_lc_l\,f_W\ (c_l > 0);\quad f_{W,-v} = -f_W;\quad "
    r"\|x_{L-1}\|_2 = 1,\ w_{L,j}\sim N(0,\tfrac{2}{m_L}I) \implies \mathbb Ef = 0,\ "
    r"\mathrm{Var}f = 1-\tfrac1\pi",
    given=(
        r"W_l = (w_{l,1},\dots,w_{l,m_l}) \in \mathbb R^{m_{l-1}\times m_l},\ m_0 = d,\ "
        r"\sigma(z) = \max\{0,z\}",
        r"v\in\{-1,1\}^{m_L},\ \text{a share } u = \tfrac12\ \text{of the entries is } 1",
    ),
    printed={"c": "(0, oo)", "s": "1", "u": "1/2"},
    parts=("homogeneity", "output"),
    note="Printed is the map. The rest is what its form does: no bias, hence positive homogeneity in each "
    "layer; no factor 1/√m, and the output is of order 1 for weights of variance 2/m_L; with half of the "
    "signs each, m_L is even and the mean is 0. L counts the hidden layers.",
)


@network.check(part="homogeneity", covers="universal")
def one_unit_scaled(claim: Statement, ctx: Context) -> Outcome:
    """A unit: cz = cp - cq with cp, cq >= 0 and (cp)(cq) = c² pq = 0, so its value is cp; layer by layer."""
    box: dict[str, Any] = {"c": str(claim.c), "p": FROM_ZERO, "q": FROM_ZERO}
    pair: dict[str, Any] = {"c": str(claim.c), "p": FROM_ZERO}
    return every(
        prove("c*p >= 0", says="the value", **pair),
        prove("c*q >= 0", says="value minus argument", c=str(claim.c), q=FROM_ZERO),
        identity("(c*p)*(c*q) == c**2*(p*q)", says="complementary", **box),
        identity("v1*(c*p1) + v2*(c*p2) == c*(v1*p1 + v2*p2)", says="the layer above is linear"),
        assumes=(COMPLEMENTARY, "induction over the layers"),
    )


@network.check(part="output", covers="universal")
def mean_and_variance(claim: Statement, ctx: Context) -> Outcome:
    """m independent terms ±s √(2/m) max(z, 0), a share u of them with +."""
    return every(
        expectation([("0", "0"), ("oo", "z")], equals="1/sqrt(2*pi)", says="E max(z, 0)"),
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E max(z, 0)²"),
        identity("s*m*(u - (1 - u))*sqrt(2/m)/sqrt(2*pi) == 0", let=claim.let, m=FROM_ONE, says="mean"),
        identity("s**2*m*(2/m)*(1/2 - 1/(2*pi)) == 1 - 1/pi", let=claim.let, m=FROM_ONE, says="variance"),
        identity("-(v1*p1 + v2*p2) == (-v1)*p1 + (-v2)*p2", says="-v in place of v"),
        assumes=("w.x ~ N(0, 2/m) for a unit vector x",),
    )


network.falsehood("homogeneous for factors of either sign", c="(-oo, oo)", by=("one_unit_scaled",))
network.falsehood("output over √m", s="1/sqrt(m)", by=("mean_and_variance",))
network.falsehood("all output weights 1", u="1", by=("mean_and_variance",))


risk = Claim(
    "zou2020/eq-3.2-erm",
    title="Empirical risk: the mean of the logistic losses",
    kind="definition",
    where="Section 3, eq. (3.2)",
    states=r"L_S(W) = k\sum_{i=1}^n\ell(y_i\hat y_i),\ \ell(x) = \log(1+e^{sx});\qquad \ell'(x) = -"
    r"\frac{1}{1+e^x}\in(-1,0),\quad 0 < \ell''(x) \le b,\quad \frac{1}{1+e^{-x}}+\frac{1}{1+e^{x}} = 1,"
    r"\quad \frac{\partial L_S}{\partial\hat y_i} = \frac{y_i\ell'(y_i\hat y_i)}{n}",
    given=(r"y_i\in\{-1,1\},\ \hat y_i = f_W(x_i);\ k = 1/n,\ s = -1,\ b = \tfrac14",),
    printed={"k": "1/n", "s": -1, "b": "1/4"},
    parts=("loss", "risk"),
    uses=("zou2020/eq-3.1-network",),
    note="Printed are L_S and ℓ; the rest is what the proofs use. The third formula is why ℓ is called a "
    "cross-entropy: e^(-ℓ(f)) and e^(-ℓ(-f)) are two probabilities.",
)


@risk.check(part="loss", covers="universal")
def derivatives(claim: Statement, ctx: Context) -> Outcome:
    """ℓ' and ℓ'' as identities; with u = e^x > 0, |ℓ'| = 1/(1 + u) and ℓ'' = u/(1 + u)², largest at u = 1."""
    loss, let = "log(1 + exp(s*x))", {"s": claim.s, "b": claim.b}
    return every(
        identity(f"diff({loss}, x) == -1/(1 + exp(x))", let=let, says="ℓ'"),
        identity(f"diff(diff({loss}, x), x) == exp(x)/(1 + exp(x))**2", let=let, says="ℓ''"),
        prove("1/(1 + u) < 1", u=POSITIVE, says="|ℓ'| < 1"),
        prove("u/(1 + u)**2 <= b", let=let, u=POSITIVE, says="ℓ''"),
        identity("1/(1 + exp(s*x)) + 1/(1 + exp(-s*x)) == 1", let=let, says="two probabilities"),
    )


@risk.check(part="risk", covers="universal")
def derivative_in_one_output(claim: Statement, ctx: Context) -> Outcome:
    """The risk is separable in the outputs; rest is what the other inputs add."""
    said = "diff(k*log(1 + exp(s*y*u)) + rest, u) == -y/(n*(1 + exp(y*u)))"
    return identity(said, let={"k": claim.k, "s": claim.s}, n=FROM_ONE)


risk.falsehood("a sum in place of the mean", k="1", by=("derivative_in_one_output",))
risk.falsehood("exp(x) in the loss", s=1)
risk.falsehood("curvature at most 1/5", b="1/5", by=("derivatives",))


init = Claim(
    "zou2020/def-gaussian-init",
    title="Gaussian initialisation with variance 2 over the output width keeps the norm of a layer",
    kind="definition",
    where="Section 3, Gaussian initialization",
    states=r"w_{l,j}\sim N(0,V I)\ \text{independent},\ V = \frac{2}{m_l};\qquad "
    r"\mathbb E\left[\|x_{l,i}\|_2^2 \mid x_{l-1,i}\right] = \|x_{l-1,i}\|_2^2,\qquad "
    r"\mathbb E\left[\|\nabla_{W_L}f\|_F^2\mid x_{L-1,i}\right] = a\,m_L\|x_{L-1,i}\|_2^2,\ a = \tfrac12",
    printed={"V": "2/m", "active": "1/2"},
    parts=("features", "gradient"),
    uses=("zou2020/eq-3.1-network",),
    note="m is the width of the layer itself, below that of the layer under it: the first formula holds for "
    "all widths. He et al. derive both normalisations; with 2 over the number of inputs of a unit the "
    "features would grow by m/below. The second formula is why the steps are of order 1/m.",
)


@init.check(part="features", covers="universal")
def conditional_square(claim: Statement, ctx: Context) -> Outcome:
    """m units, each with E max(√V r z, 0)² = V r²/2, r = |x_{l-1}|."""
    return every(
        expectation([("0", "0"), ("oo", "z**2")], equals="1/2", says="E max(z, 0)²"),
        identity("m*(V)*r**2/2 == r**2", let={"V": claim.V}, m=FROM_ONE, below=FROM_ONE),
        assumes=("w.x ~ N(0, V r²)",),
    )


@init.check(part="gradient", covers="universal")
def active_units(claim: Statement, ctx: Context) -> Outcome:
    """Column j of the gradient is v_j 1{w_j.x > 0} x: m squares r², each with probability 1/2."""
    return every(
        expectation([("0", "0"), ("oo", "1")], equals=str(claim.active), says="Pr(z > 0)"),
        identity("m*active*r**2 == m*r**2/2", let={"active": claim.active}, m=FROM_ONE),
    )


init.falsehood("2 over the number of inputs", V="2/below", by=("conditional_square",))
init.falsehood("variance 1/m", V="1/m", by=("conditional_square",))
init.falsehood("standard deviation 2/m", V="(2/m)**2", by=("conditional_square",))
init.falsehood("all units active", active="1", by=("active_units",))
