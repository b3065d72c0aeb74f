"""Section 2.1: empirical Gram matrices, their population recursion, and the last layer's matrix.

`c` is c_sigma; s, t stand for sigma(u_i), sigma(u_j) of one neuron; the activation of instances is 1 + sin
z.
"""

import math

import numpy as np

from theorems.lin2022review import wave
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    evaluate,
    every,
    expectation,
    follows_from,
    identity,
    unless,
)

POSITIVE = "(0, oo)"


average = Claim(
    "lin2022review/eq-16-20",
    title="An empirical Gram matrix is an average of rank-one terms, with a dual as its conditional mean",
    kind="closed-form",
    where="Section 2.1, eqs. (16)-(20)",
    states=r"X^{(h+1)}X^{(h+1)\top} = \frac{c_\sigma^{p}}{m}\sum_{i=1}^m\sigma(U^{(h+1)}e_i)"
    r"\sigma(U^{(h+1)}e_i)^\top,\qquad \mathbb E_{W^{(h+1)}} X^{(h+1)}X^{(h+1)\top} = c_\sigma^{P}\,"
    r"\mathbb E_{w\sim N(0,X^{(h)}X^{(h)\top})}\sigma(w)\sigma(w)^\top,\qquad "
    r"\text{standard deviation of an entry} \propto m^{s}",
    given=(r"U^{(h+1)} = X^{(h)}W^{(h+1)\top}", r"X^{(h+1)} = \sqrt{c_\sigma/m}\,\sigma(U^{(h+1)})"),
    printed={"p": 1, "P": 1, "s": "-1/2"},
    parts=("average", "conditional mean", "rate"),
    uses=("lin2022review/eq-15",),
    note="The rate is not printed; the step (18) is an approximation, and this is its size.",
)


@average.check(part="average", covers="universal")
def one_neuron(claim: Statement, ctx: Context) -> Outcome:
    """The entry (i, j) is a sum over neurons: one of them gives √(c/m) s √(c/m) t."""
    return identity("(sqrt(c)/sqrt(m)*s)*(sqrt(c)/sqrt(m)*t) == c**p/m*s*t", let={"p": claim.p})


@average.check(part="conditional mean", covers="universal")
def equal_means(claim: Statement, ctx: Context) -> Outcome:
    """m terms c M/m of equal mean; u_i = Σ_k x_ik w_k has covariance Σ_k x_ik x_jk E w_k², the Gram matrix.

    First, 1 + sin z at a unit input: the mean is E c σ(z)² = 1.
    """
    unit = evaluate(f"c**P*{wave.dual('1', '1', '1')} == 1", let=claim.let | {"c": wave.NORMALISER})
    return unless(
        [unit],
        follows_from(
            expectation([("oo", "z**2")], equals="1", says="E w_k² = 1"),
            identity("m*(c/m*M) == c**P*M", let={"P": claim.P}),
            assumes=("the columns of U are identically distributed", "E w_k w_l = 0 for k != l"),
        ),
    )


@average.check(part="conditional mean")
def dual_of_the_wave(claim: Statement, ctx: Context) -> Outcome:
    """Squared norms 1/4, 1, 2 of the features before: c times E σ(√q z)², by quadrature in balls."""
    return every(
        *(
            expectation(
                [("oo", f"{wave.NORMALISER}*(1 + sin(sqrt({q})*z))**2")],
                equals=f"c**P*{wave.dual(q, q, q)}",
                let=claim.let | {"c": wave.NORMALISER},
                says=f"squared norm {q}",
            )
            for q in ("1/4", "1", "2")
        )
    )


@average.check(part="rate", covers="universal")
def variances_add(claim: Statement, ctx: Context) -> Outcome:
    """m independent terms with the variance (c/m)² V each."""
    return identity("m*(c/m)**2*V == c**2*V*(m**s)**2", let={"s": claim.s}, m="[1, oo)")


average.falsehood("without c_σ in the mean", P=0, by=("equal_means", "dual_of_the_wave"))
average.falsehood("c_σ² in the average", p=2, by=("one_neuron",))
average.falsehood("deviations of order 1/m", s=-1, by=("variances_add",))


population = Claim(
    "lin2022review/eq-22",
    title="Recursion of the population Gram matrices",
    kind="definition",
    where="Section 2.1, eqs. (21) and (22)",
    states=r"K^{(0)} = X^{(0)}X^{(0)\top},\qquad K^{(h+1)} = c_\sigma^{P}\,\mathbb E_{w\sim N(0,K^{(h)})}"
    r"\sigma(w)\sigma(w)^\top,\quad h = 0,\dots,H-t;\qquad K_{ii}^{(h)} = 1",
    given=(r"\|x_i\|_2 = 1", r"c_\sigma = 1/\mathbb E\sigma(z)^2,\ z\sim N(0,1)"),
    printed={"P": 1, "t": 2},
    parts=("unit diagonal", "range"),
    uses=("lin2022review/eq-16-20",),
    note="The unit diagonal is not printed; everything below needs it. The last matrix, K^(H), is that of "
    "(25).",
)


@population.check(part="unit diagonal", covers="universal")
def normalised_second_moment(claim: Statement, ctx: Context) -> Outcome:
    """By induction: E σ(√1 z)² = 1/c.  First 1 + sin z."""
    wave_outcome = evaluate(f"c**P*{wave.dual('1', '1', '1')} == 1", let=claim.let | {"c": wave.NORMALISER})
    return unless([wave_outcome], identity("c**P*(1/c) == 1", let={"P": claim.P}, c=POSITIVE))


@population.check(part="range", covers="universal")
def each_matrix_once(claim: Statement, ctx: Context) -> Outcome:
    """The last matrix that (22) defines, K^(H-t+1), must be K^(H-1): (25) needs it, and defines K^(H) anew.

    The two definitions of K^(H) differ: for H = 1, one input and 1 + sin z they are 1 and c E cos² z.
    """
    again = f"step(1 - t)*abs(1 - {wave.last('1')}) == 0"
    return every(
        evaluate("t <= 2", let=claim.let, says="K^(H-1) is defined"),
        evaluate(again, let=claim.let, says="K^(H) is defined once"),
    )


population.falsehood("without c_σ", P=0, by=("normalised_second_moment",))
population.falsehood("up to h = H - 1", t=1, by=("each_matrix_once",))
population.falsehood("up to h = H - 3", t=3, by=("each_matrix_once",))


pairwise = Claim(
    "lin2022review/eq-23-24",
    title="The recursion entry by entry: a Gaussian pair for each pair of inputs",
    kind="closed-form",
    where="Section 2.1, eqs. (23) and (24)",
    states=r"K_{ij}^{(h+1)} = c_\sigma\,\mathbb E\,\sigma(w_i)\sigma(w_j),\qquad (w_i,w_j)\sim N\left(0,"
    r"\begin{pmatrix}K_{ii}^{(g)}&K_{ij}^{(g)}\\ K_{ji}^{(g)}&K_{jj}^{(g)}\end{pmatrix}\right),\quad g = h-l",
    given=(r"w\sim N(0,K^{(h)})",),
    printed={"l": 0, "cross": "k12"},
    uses=("lin2022review/eq-22",),
    note="The paper of Du et al. writes A^(h) for the matrix of K^(h-1): the same covariance for the next "
    "layer, under an index that is one higher.",
)


@pairwise.check(covers="universal")
def characteristic_functions(claim: Statement, ctx: Context) -> Outcome:
    """A law on the plane is its characteristic function: log E exp(i(s w_1 + t w_2)) for n = 3.

    It is -v.Kv/2 with v = (s, t, 0): the other inputs drop out, however many there are.
    """
    form = "s*(k11*s + k12*t + k13*0) + t*(k12*s + k22*t + k23*0) + 0*(k13*s + k23*t + k33*0)"
    return identity(f"-({form})/2 == -(s**2*k11 + 2*s*t*({claim.cross}) + t**2*k22)/2")


@pairwise.check()
def second_layer(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z and inputs at cosine ρ: K^(2) from (22), by the vector (w_1, w_2), against the pair's law.

    E sin w_1 sin w_2 is half the difference of E cos(w_1 ∓ w_2), w_1 ∓ w_2 having variance 2 ∓ 2 K_12; to
    25 digits.
    """
    cases = []
    for rho in ("0", "3/5", "-1/2"):
        levels = [wave.layer(rho), rho]
        vector = f"(1 + (exp(-(2 - 2*{levels[0]})/2) - exp(-(2 + 2*{levels[0]})/2))/2)"
        said = f"abs({wave.NORMALISER}*{vector} - {wave.layer(levels[int(claim.l)])}) <= 1/10**25"
        cases.append(evaluate(said, instance=True, says=f"cosine {rho}"))
    return every(*cases, assumes=(wave.PRODUCT_TO_SUM,))


pairwise.falsehood("the covariance of one layer before, in this indexing", l=1, by=("second_layer",))
pairwise.falsehood("the covariance with a third input", cross="k13", by=("characteristic_functions",))


last_empirical = Claim(
    "lin2022review/eq-GH",
    title="The last layer's empirical Gram matrix",
    kind="closed-form",
    where="Section 2.1, display before eq. (25)",
    states=r"G^{(H)} = X^{(g)}X^{(g)\top}\odot\frac{c_\sigma^{p}}{m^{q}}\sum_i|a_i|^{k}\,"
    r"\sigma'(X^{(H-1)}W^{(H)\top}e_i)\,\sigma'(X^{(H-1)}W^{(H)\top}e_i)^\top,\qquad \mathbb E|a_i|^{k} = 1",
    given=(
        r"G^{(H)}_{ij} = \left\langle\frac{\partial f(x_i)}{\partial W^{(H)}},"
        r"\frac{\partial f(x_j)}{\partial W^{(H)}}\right\rangle",
        r"g = H-1",
    ),
    printed={"p": 1, "q": 1, "k": 2, "g": -1},
    parts=("matrix", "mean of the output weights"),
    uses=("lin2022review/eq-1",),
    note="g is relative to H. The inner product of gradients itself: eq. (12) of the review has another "
    "factor c_σ/m in front.",
)


@last_empirical.check(part="matrix", covers="universal")
def chain_rule(claim: Statement, ctx: Context) -> Outcome:
    """The derivative in one weight w of one neuron, u = w x + r and v = w y + s for the features x and y.

    By the chain rule σ enters only by its slope: linear σ(u) = k u, and sin, exp as a test of that.
    """
    links = []
    for value, slope in (("l*({})", "l + 0*({})"), ("sin({})", "cos({})"), ("exp({})", "exp({})")):
        u, v = "w*x + r", "w*y + s"
        outputs = [f"a*sqrt(c)/sqrt(m)*{value.format(arg)}" for arg in (u, v)]
        features = {
            -1: ("x", "y"),
            0: tuple(f"(sqrt(c)/sqrt(m)*{value.format(arg)})" for arg in (u, v)),
        }[int(claim.g)]
        gain = {1: "abs(a)", 2: "a**2", 4: "a**4"}[int(claim.k)]
        right = f"{features[0]}*{features[1]}*c**p/m**q*{gain}*({slope.format(u)})*({slope.format(v)})"
        let = {"p": claim.p, "q": claim.q}
        links.append(identity(f"diff({outputs[0]}, w)*diff({outputs[1]}, w) == {right}", let=let))
    return every(*links, assumes=("chain rule",))


@last_empirical.check(part="mean of the output weights", covers="universal")
def second_moment(claim: Statement, ctx: Context) -> Outcome:
    """E |a|^k = 1 for a standard normal a."""
    return expectation([("0", "(-z)**k"), ("oo", "z**k")], equals="1", let=claim.let)


last_empirical.falsehood("|a_i| in place of a_i²", k=1)
last_empirical.falsehood("the features of layer H", g=0, by=("chain_rule",))
last_empirical.falsehood("another factor c_σ/m", p=2, q=2, by=("chain_rule",))
last_empirical.falsehood("a_i⁴", k=4, by=("second_moment",))


last_population = Claim(
    "lin2022review/eq-25",
    title="The last layer's population Gram matrix",
    kind="definition",
    where="Section 2.1, eq. (25)",
    states=r"K^{(H)} = v\,c_\sigma^{P}\,K^{(H-1)}\odot\mathbb E_{w\sim "
    r"N(0,K^{(H-l)})}\sigma'(w)\sigma'(w)^\top = \lim_{m\to\infty}G^{(H)}(0)\ \text{in probability}",
    printed={"l": 1, "P": 1, "v": "1"},
    uses=("lin2022review/eq-22", "lin2022review/eq-GH"),
    note="v is the mean square of an output weight. Du et al. print the covariance K^(H-2) in their "
    "Definition 5.1; the limit has K^(H-1).",
)

WIDTH, SEEDS = 1000, 100
WINDOW = "1/45"


def entry(claim: Statement, covariances: list[str]) -> str:
    """The formula, from the covariances (unit variances) of the layers 0, ..., H - 1."""
    slope = wave.slope_dual("1", covariances[-int(claim.l)], "1")
    return f"(({claim.v})*{wave.NORMALISER}**({claim.P})*({covariances[-1]})*{slope})"


@last_population.check(covers="universal")
def limit_of_the_factors(claim: Statement, ctx: Context) -> Outcome:
    """Given the past, G^(H) has the mean E a² c X X^T ⊙ E σ'σ'^T, the Gaussian having the covariance X X^T.

    Its variance is O(1/m), and X X^T = X^(H-1) X^(H-1)^T tends to K^(H-1), so the mean tends to (25).
     First 1 + sin z, H = 2, orthogonal inputs: the limit is c K_12 exp(-1) cosh(K_12) at K_12 = c.
    """
    c = wave.NORMALISER
    limit = f"{c}*{c}*(exp(-(2 - 2*{c})/2) + exp(-(2 + 2*{c})/2))/2"
    instance = evaluate(f"{limit} == {entry(claim, ['0', wave.layer('0')])}", says="H = 2, cosine 0")
    return unless(
        [instance],
        follows_from(
            expectation([("oo", "z**2")], equals=str(claim.v), says="E a²"),
            identity("m*(c/m)*M == c**P*M", let={"P": claim.P}),
            assumes=(
                "eq-GH: the neurons of layer H are independent given the past",
                "continuity of the dual of σ' in the covariance, and Theorem 4 for fixed H, n, δ",
            ),
        ),
    )


@last_population.check()
def finite_width(claim: Statement, ctx: Context) -> Outcome:
    """1 + sin z, H = 2, orthogonal inputs, width 1000: G_12 is within 1/45 of the formula for most seeds.

    The window is just under half of the distance to the formula with K^(H-2), 0.0455.
    """
    c = 2 / (3 - math.exp(-2))
    covariances = [0.0, c]
    slope = math.exp(-1) * math.cosh(covariances[-int(claim.l)])
    factor = {"1": 1.0, "sqrt(2/pi)": math.sqrt(2 / math.pi)}[str(claim.v)]
    formula = factor * c ** int(claim.P) * c * slope

    def close(rng: np.random.Generator) -> bool:
        first, second = rng.standard_normal((WIDTH, 2)), rng.standard_normal((WIDTH, WIDTH))
        features = math.sqrt(c / WIDTH) * (1 + np.sin(first))
        slopes = np.cos(second @ features) * rng.standard_normal(WIDTH)[:, None]
        gram = c / WIDTH * (slopes[:, 0] @ slopes[:, 1]) * (features[:, 0] @ features[:, 1])
        return bool(abs(gram - formula) <= 1 / 45)

    event = f"|G_12 - formula| <= {WINDOW}, m = {WIDTH}"
    return ctx.trials(event, at_least="1/2", count=SEEDS, trial=close)


last_population.falsehood("covariance K^(H-2)", l=2)
last_population.falsehood("without c_σ", P=0)
last_population.falsehood("E|a| in place of E a²", v="sqrt(2/pi)")
