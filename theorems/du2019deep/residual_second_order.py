"""Appendix C, Lemmas C.6 and C.7: remainder and square of one step, residual network.

Letters as in `residual_drift`; b is beta, C the constant c_x of a step, (√c_sigma L + x/cw) e^(3 c_res cw L),
A = x + cw C, e the norm of the residual, K the factor of √n e in Q'.
"""

from typing import Any

from msgspec.structs import replace

from theorems.du2019deep._residual_starts import largest_constants, remainders
from theorems.du2019deep.residual_drift import (
    ALL_BLOCKS,
    GRADIENT,
    PRINTED,
    blocks,
    every_start,
    linear_networks,
)
from verify import (
    Claim,
    Context,
    Outcome,
    Statement,
    contradicted_by,
    evaluate,
    every,
    follows_from,
    identity,
    prove,
    unless,
)

FROM_ZERO, FROM_ONE, POSITIVE, UNIT = "[0, oo)", "[1, oo)", "(0, oo)", "(0, 1)"
SIZES: dict[str, Any] = dict.fromkeys(("x", "C", "cw", "b", "L", "A", "c"), POSITIVE)
SIZES |= {"a2": "[1/2, oo)", "E": FROM_ONE, "r": UNIT, "m": FROM_ONE}


def last_branch(Q: str, g: str) -> Outcome:
    """σ(z) = z, H = 2, c_res = 1/10, W^(2) = 0, |x^(1)| = 1, |a| = √m, n = 1: the gradient there is r/2."""
    let = {"r": "1/10", "H": 2, "x": 1, "a2": 1, "L": 1, "c": 1, "E": "exp(1/5)", "lam": "1/400"}
    says = "σ(z) = z, H = 2, c_res = 1/10, W^(2) = 0, λ0 = (c_res/2)² = 1/400"
    return evaluate(f"1/20 <= ({g})*({Q})", let=let, says=says, instance=True)


steps = Claim(
    "du2019deep/proof-lemma-C.6-steps",
    aliases=("du2019thesis/proof-lemma-3.13-steps",),
    title="Gradients and their change over one step, residual network",
    kind="proof-step",
    where="Appendix C.1, proof of Lemma C.6",
    states=r"\|L'^{(h)}\|_F \le g\,Q';\ \|\Delta W\|_F,\|\Delta a\|_2 \le \eta Q';\ \|\Delta x\|_2 \le "
    r"\frac{\eta c_xQ'}{\sqrt m},\ c_x = "
    r"\left(\sqrt{c_\sigma}L+\frac{c_{x,0}}{c_{w,0}}\right)e^{j\,c_{res}c_{w,0}L};\ \|\Delta J\|_F \le "
    r"2A\beta\eta Q'm^{i};\quad \|\Delta u'^{(h)}\|_F \le "
    r"\frac{4}{H}c_{res}c_{x,0}La_{2,0}e^{2Lc_{w,0}}\frac{\eta Q'}{\sqrt "
    r"m}\left(\frac{c_x}{c_{x,0}}+\frac{2A\beta\sqrt m}{L}+v\,c_{w,0}A\beta m^{w}+L+1\right) \le "
    r"\frac{K}{H}c_{res}c_{x,0}a_{2,0}e^{2Lc_{w,0}}A\beta\eta Q'",
    given=(
        r"A = c_{x,0}+c_{w,0}c_x;\quad \text{printed: } g = \lambda_0,\ j = 3,\ i = 0,\ w = 0,\ v = 4,\ K = "
        r"32,\ Q'\ \text{as in Lemma C.5}",
        r"\text{the norm hypotheses of Lemma C.5},\ a_{2,0} \ge \tfrac12,\ 0 \le s \le \eta",
        r"\text{last bound: } m\ \text{so large that}\ c_x/c_{x,0}+L+1\ \text{and the term without } \sqrt "
        r"m\ \text{are covered},\ \beta > 0",
    ),
    printed={"Q": PRINTED, "g": "lam", "j": 3, "i": 0, "w": "0", "v": 4, "K": "32"},
    parts=("gradients", "weights", "features", "slopes", "product", "last bound"),
    uses=("du2019deep/sec-C-gradient",),
    proof_uses=("du2019deep/lemma-G.1", "du2019deep/lemma-C.3", "du2019deep/lemma-C.5"),
    step_of="du2019deep/lemma-C.6",
    note="λ0 does not belong into the first bound; Q' is too small for a and W^(1). Lemma G.1 gives the "
    "third term with c_res √m: without √m the display does not follow, with it 32 is 16 + 32 c_{w,0}L. The "
    "product and the last bound are judged as inequalities between the two displayed numbers.",
)


@steps.check(part="gradients", covers="universal")
def norms_of_gradients(claim: Statement, ctx: Context) -> Outcome:
    """As in Lemma C.5.  First the branch of a linear network, then the first layer of another."""
    found = [last_branch(claim.Q, claim.g)]
    if claim.g == "1":
        found.append(linear_networks(claim.Q, "1/2")[1])
    factor = prove("D <= g*D", let={"g": claim.g}, D=FROM_ZERO, lam=POSITIVE, says="g >= 1")
    return unless(found, follows_from(factor, *blocks(claim.Q, "1/2"), assumes=(GRADIENT,)))


@steps.check(part="weights", covers="universal")
def moved_by_the_step(claim: Statement, ctx: Context) -> Outcome:
    """s <= η times the norms of the gradients, a included."""
    argument = follows_from(*blocks(claim.Q, "1/2"), assumes=(GRADIENT,))
    return unless([every_start(claim.Q, "4*r*x*a2*L*E")], argument)


@steps.check(part="features", covers="universal")
def recursion_from_twice_the_norms(claim: Statement, ctx: Context) -> Outcome:
    """Lemma C.3 with 2cw and 2x in place of cw and x, 3cw for |W(k)| + R: K = 2x/(3cw), T = 3 c_res cw L.

    First σ(z) = z, m = 1, H = 10, c_res = 9/10, weights 1 (cw = 1) in a step that moves W^(1) from 0 by R.
    """
    let = {"j": claim.j}
    still = "(1 + 9/10/10)**9 <= (1 + 1/100)*exp(j*9/10)"
    box: dict[str, Any] = dict.fromkeys(("s", "x", "cw"), POSITIVE)
    step = identity(
        "(q*(s + K) - K)*(1 + 3*r*cw*L/H) + r*L/H*2*x == q*(1 + 3*r*cw*L/H)*(s + K) - K",
        let={"K": "(2*x/(3*cw))"},
        q=FROM_ONE,
        r=UNIT,
        L=POSITIVE,
        H="[2, oo)",
        says="one layer",
        **box,
    )
    return unless(
        [evaluate(still, let=let, says="x = 1/100, H = 10", instance=True)],
        follows_from(
            step,
            prove("1 + v <= exp(v)", v=FROM_ZERO, says="q <= e^T"),
            prove(
                "exp(T)*(s + K) - K <= (s + x/cw)*exp(j*T/3)",
                let=let | {"K": "(2*x/(3*cw))"},
                T=POSITIVE,
                **box,
            ),
            assumes=("as in Lemma C.3, ηQ' <= cw√m",),
        ),
    )


@steps.check(part="slopes", covers="universal")
def change_of_pre_activations(claim: Statement, ctx: Context) -> Outcome:
    """β(2cw√m Cd/√m + d 2x), d = ηQ'.  First sin, c_res = 1/2, cw = π/2, m = 10^6, d = 1/1000, H = 2.

    All z^(1) = π/2 and one neuron of layer 2 moves from π/2 by d|x^(1)|, |x^(1)| = v.
    """
    v, cw = "sqrt(2/(1 - exp(-2)))", "(pi/2)"
    x = f"({v} + 1/4)"
    A = f"({x} + {cw}*({v} + {x}/{cw})*exp(3*{cw}/2))"
    one = evaluate(
        f"sin({v}/1000) <= 2*{A}/1000*m**i", let={"i": claim.i, "m": 10**6}, says="one neuron", instance=True
    )
    said = "b*(2*cw*sqrt(m)*(C*d/sqrt(m)) + d*2*x) <= 2*(x + cw*C)*b*d*m**i"
    box = {k: SIZES[k] for k in ("b", "cw", "C", "x", "m")}
    return unless([one], follows_from(prove(said, let={"i": claim.i}, d=POSITIVE, **box)))


@steps.check(part="product", covers="universal")
def relative_changes(claim: Statement, ctx: Context) -> Outcome:
    """Lemma G.1 with bounds 2x, 2a2√m, e^(2 r cw L) and L; over d/√m the relative changes are C/(2x),
    1/(2a2), 2Aβ√m/L, and for the branches together r(4cw A β√m + L).

    First c_res = 99/100, cw = 2, √c_σ L = L = β = 1, x = 2, a2 = 1, m = 10^6.
    """
    gained = "C/(2*x) + 1/(2*a2) + 2*A*b*sqrt(m)/L + r*(4*cw*A*b*sqrt(m) + L)"
    shown = "C/x + 2*A*b*sqrt(m)/L + v*cw*A*b*m**w + L + 1"
    at: dict[str, Any] = {"x": 2, "a2": 1, "b": 1, "L": 1, "cw": 2, "r": "99/100", "m": 10**6}
    at |= {"w": claim.w, "v": claim.v}
    at |= {"C": "(2*exp(3*99/50))", "A": "(2 + 4*exp(3*99/50))"}
    numbers = f"exp(2*r*cw*L)*({gained}) <= exp(2*cw*L)*({shown})"
    argument = follows_from(
        prove(f"{gained} <= {shown}", let={"w": claim.w, "v": claim.v}, **SIZES),
        prove("2*r*cw*L <= 2*cw*L", r=UNIT, cw=POSITIVE, L=POSITIVE, says="exponents"),
        identity("r/(H*sqrt(m))*(2*x)*(2*a2*sqrt(m))*L == 4/H*r*x*L*a2", m=FROM_ONE, H=FROM_ONE),
        identity(
            "H*(r/(H*sqrt(m))*(2*A*b*d*2*cw*sqrt(m) + L*d)) == r*(4*cw*A*b*sqrt(m) + L)*d/sqrt(m)",
            m=FROM_ONE,
            H=FROM_ONE,
        ),
        assumes=("Lemma G.1",),
    )
    says = "c_res = 99/100, c_{w,0} = 2, m = 10^6"
    return unless([evaluate(numbers, let=at, says=says, instance=True)], argument)


@steps.check(part="last bound", covers="universal")
def wide_networks(claim: Statement, ctx: Context) -> Outcome:
    """D = Aβ√m.  For large m the terms without √m are at most z/L times D, z as 6 or as 2 + 4cw L.

    Then 4L(2 + z)/L D, with 4cw D in addition when the third term has √m; against K D.
    """
    if claim.w == "0":
        return prove("4*L*(2*D/L + z*6*D/L) <= K*D", let={"K": claim.K}, D=POSITIVE, L=POSITIVE, z="[0, 1]")
    said = "4*L*((2/L + 4*cw)*D + z*(2/L + 4*cw)*D) <= K*D"
    return prove(said, let={"K": f"({claim.K})"}, D=POSITIVE, L=POSITIVE, cw=POSITIVE, z="[0, 1]")


MENDED: dict[str, Any] = {"Q": ALL_BLOCKS, "g": "1", "w": "1/2", "K": "16 + 32*cw*L"}
steps.falsehood("Q' without the other blocks", by=("norms_of_gradients",), **MENDED | {"Q": PRINTED})
steps.falsehood("a and W^(1) over H", by=("moved_by_the_step",), **MENDED | {"Q": "4*r*x*a2*L*E/H**2"})
steps.falsehood("no exponential in c_x", by=("recursion_from_twice_the_norms",), j=0, **MENDED)
steps.falsehood("ΔJ over √m", by=("change_of_pre_activations",), i="-1/2", **MENDED)
steps.falsehood("half of the third term", by=("relative_changes",), v=2, **MENDED)
steps.falsehood("32 with √m in the third term", by=("wide_networks",), **MENDED | {"K": "32"})
steps.corrected("without λ0, all blocks in Q', √m in the third term", erratum="constant", **MENDED)


remainder = Claim(
    "du2019deep/lemma-C.6",
    aliases=("du2019thesis/lemma-3.13",),
    title="The remainder of second order of one step, residual network",
    kind="dynamics",
    where="Appendix C, Lemma C.6; proof in Appendix C.1",
    states=r"\eta \le c\,\lambda_0\frac{H^{p}}{n^{q}} \implies \|I_2(k)\|_2 \le "
    r"s\,\eta^{j}\lambda_0\|y-u(k)\|_2,\qquad p = q = 2,\ s = \tfrac18,\ j = 1",
    given=(
        r"\text{Condition A.1 up to } k,\ \text{the norm hypotheses of Lemma C.5};\ \|y-u(k)\| \le Y\sqrt "
        r"n\ \text{(printed: } O(\sqrt n)\text{)}",
        r"c\ \text{does not depend on } H, n, m;\ \text{explicit: } c = \frac{1}{8TK^2Y},\ Q' = K\sqrt "
        r"n\,\|y-u\|",
        r"T = "
        r"c_x+2\sqrt{c_\sigma}a_{2,0}EL\left(\tfrac{1}{2a_{2,0}}+\tfrac{\beta}{L}+B\right)"
        r"+4c_{x,0}a_{2,0}EL\left(\tfrac{c_x}{2c_{x,0}}+\tfrac{1}{2a_{2,0}}+\tfrac{2A\beta}{L}+B\right),\ "
        r"B = 4c_{w,0}A\beta+L",
    ),
    printed={"p": 2, "q": 2, "s": "1/8", "j": 1, "capped": True},
    uses=("du2019deep/sec-A-taylor", "du2019deep/cond-A.1"),
    proof_uses=("du2019deep/proof-lemma-C.6-steps", "du2019deep/lemma-C.5", "du2019deep/lemma-G.1"),
    note="Undecided as printed. The H² comes from the 1/H that a and W^(1) do not have; the sum over the "
    "blocks also leaves out a. With all blocks the chain gives η <= c λ0/n², which is proved. A network "
    "with a = √m on one neuron meets the norm hypotheses (not that of |a|_4) and has a remainder of order "
    "η² at every width; for Gaussian starts it falls with m, and the theorem's width grows with H.",
)


@remainder.check(covers="universal")
def all_blocks(claim: Statement, ctx: Context) -> Outcome:
    """|I_2^i| <= η Σ |L'_b| max|Δu'_b| <= T η² Q'², T from the blocks a, W^(1) and H - 1 branches.

    First σ(z) = z, m = 1, H = 2, a = W^(1) = 1, W^(2) = 0, u - y = -1: I_2 = η²(1 + r²/2 + r²η/4), λ0 = r²/4.
    """
    change = "(1 - eta*e)**2*(1 - eta*e*r**2/4) - 1 + eta*e*(2 + r**2/4)"
    exact = identity(f"{change} == eta**2*e**2*(1 + r**2/2 - r**2*eta*e/4)", says="u = a w (1 + r v/2)")
    top = "(0, 1/100]" if claim.capped else "[1, oo)"
    let = {"s": claim.s, "j": claim.j}
    one = prove("eta**2*(1 + r**2/2 + r**2*eta/4) <= s*eta**j*r**2/4", let=let, eta=top, r=UNIT)
    instances = [] if claim.capped and claim.s != "0" and claim.j == 1 else [every(exact, one)]
    T = "(Ta + T1 + Th)"
    box: dict[str, Any] = dict.fromkeys(("Ta", "T1", "Th", "K", "lam", "Y"), POSITIVE) | {"n": FROM_ONE}
    eta = f"(z*lam*H**{claim.p}/(8*{T}*K**2*Y*n**{claim.q}))"
    B = "(4*cw*A*b + L)"
    first = "(1/(2*a2*sqrt(m)) + b/L + r*(4*cw*A*b + L/sqrt(m)))"
    branch = "(C/(2*x*sqrt(m)) + 1/(2*a2*sqrt(m)) + 2*A*b/L + r*(4*cw*A*b + L/sqrt(m)))"
    argument = follows_from(
        prove("C/sqrt(m) <= C", says="the output layer", **SIZES),
        prove(f"{first} <= 1/(2*a2) + b/L + {B}", says="the first layer, over 2√c a2 E L", **SIZES),
        prove(f"{branch} <= C/(2*x) + 1/(2*a2) + 2*A*b/L + {B}", says="a branch", **SIZES),
        identity("H*(4/H*r*x*a2*E*L) == 4*r*x*a2*E*L", H=FROM_ONE, says="H - 1 branches with 1/H"),
        prove(
            f"sqrt(n)*{T}*eta**2*(K*sqrt(n)*v*Y*sqrt(n))**2 <= s*eta**j*lam*(v*Y*sqrt(n))",
            let=let | {"eta": eta},
            z="(0, 1]",
            v="[0, 1]",
            H="[2, oo)",
            says="the step size, |y - u| = v Y √n",
            **box,
        ),
        assumes=(
            "proof-lemma-C.6-steps (corrected), Lemma G.1 for each block",
            "sec-A-taylor; |I_2| <= √n max |I_2^i|",
        ),
    )
    found = unless(instances, argument)
    if found.status != "undecided":
        return found
    decide = "a bound of the remainder along the path for Gaussian starts at the theorem's width"
    return replace(found, what_would_decide=decide, observations=(remainders(ctx),))


remainder.falsehood("no remainder", s="0")
remainder.falsehood("a remainder of third order", j=3)
remainder.falsehood("any step size", capped=False)
remainder.reading("with all blocks: η <= c λ0/n²", p=0)


square = Claim(
    "du2019deep/lemma-C.7",
    aliases=("du2019thesis/lemma-3.14",),
    title="The square of one step of the predictions, residual network",
    kind="dynamics",
    where="Appendix C, Lemma C.7; proof in Appendix C.1",
    states=r"\eta \le c\,\lambda_0\frac{H^{p}}{n^{q}} \implies \|u(k+1)-u(k)\|_2^2 \le "
    r"s\,\eta\lambda_0\|y-u(k)\|_2^2,\qquad p = q = 2,\ s = \tfrac18",
    given=(
        r"\text{Condition A.1 up to } k,\ \text{the norm hypotheses of Lemma C.5}",
        r"c\ \text{does not depend on } H, n, m;\ \text{explicit: } c = "
        r"\frac{1}{64K^2(c_{x,0}^2+a_{2,0}^2c_x^2)},\ Q' = K\sqrt n\,\|y-u\|",
    ),
    printed={"p": 2, "q": 2, "s": "1/8"},
    uses=("du2019deep/cond-A.1",),
    proof_uses=("du2019deep/lemma-C.5", "du2019deep/proof-lemma-C.6-steps"),
    note="False for deep networks: the block of a alone moves the predictions by η|x^(H)|²|y - u|, whatever "
    "H, while λ0 is of order 1/H². For every start with |x^(H)| >= 1/c_{x,0} and n = 1 Lemmas C.6 and C.7 "
    "exclude each other once cH² > c_{x,0}⁴/2. The printed chain has the coefficient 4 where |a| <= 2 "
    "a_{2,0}√m gives 8 (4 is right for R' <= 2/5 a_{2,0}).",
)


@square.check(covers="universal")
def sum_of_two_products(claim: Statement, ctx: Context) -> Outcome:
    """2|Δa|²Σ|x(k+1)|² + 2|a|²Σ|Δx|² <= 8nη²Q'²(x² + a2²C²), Q' = K√n e.

    First σ(z) = z, W^(h) = 0 above the first layer, a = 0, |x^(H)| = 1, any m: u(1) = ηy for one input, and
    ηny for n inputs close to each other.  Depth and number 1/c.
    """
    let = {"p": claim.p, "q": claim.q, "s": claim.s}
    some: dict[str, Any] = {"c": "(0, 1]", "lam": POSITIVE}
    deep = contradicted_by(
        prove("(c*lam*N**p)**2 > s*(c*lam*N**p)*lam", let=let | {"N": "(1/c)"}, **some),
        witness="σ(z) = z, n = 1, a(0) = 0, W^(h)(0) = 0 for h > 1, |x^(1)| = 1: u(0) = 0 and u(1) = ηy; "
        "for every c the depth 1/c has η² > ηλ0/8 at η = cλ0H²",
    )
    many = contradicted_by(
        prove("(c*lam*2**p/N**q*N)**2 > s*(c*lam*2**p/N**q)*lam", let=let | {"N": "(1/c)"}, **some),
        witness="the same network with 1/c inputs close to each other, H = 2: u_i(1) = ηny",
    )
    eta = f"(z*lam*H**{claim.p}/(64*K**2*(x**2 + a2**2*C**2)*n**{claim.q}))"
    box: dict[str, Any] = dict.fromkeys(("x", "a2", "C", "K", "lam", "e"), POSITIVE)
    argument = follows_from(
        prove("(v + w)**2 <= 2*v**2 + 2*w**2", v=FROM_ZERO, w=FROM_ZERO),
        identity(
            "2*d**2*n*(2*x)**2 + 2*(2*a2*sqrt(m))**2*n*(C*d/sqrt(m))**2 == 8*n*d**2*(x**2 + a2**2*C**2)",
            m=FROM_ONE,
            says="d = ηQ'",
        ),
        prove(
            "8*n*(eta*K*sqrt(n)*e)**2*(x**2 + a2**2*C**2) <= s*eta*lam*e**2",
            let=let | {"eta": eta},
            n=FROM_ONE,
            z="(0, 1]",
            H="[2, oo)",
            **box,
        ),
        assumes=("lemma-C.5 and proof-lemma-C.6-steps (corrected)", "Cauchy-Schwarz"),
    )
    found = unless([deep, many], argument)
    return replace(found, observations=(largest_constants(ctx),)) if claim.p else found


square.falsehood("step sizes growing like H", p=1)
square.falsehood("step sizes falling like 1/n", p=0, q=1)
square.falsehood("step sizes that do not fall with n", p=0, q=0)
square.corrected("η <= c λ0/n²", erratum="false statement", p=0)
