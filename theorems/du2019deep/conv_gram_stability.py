"""Appendix D, Lemma D.4: the last Gram matrix when the weights move, convolutional residual network.

x stands for c_{x,0}, Q for √q, a2, a4 and cw for a_{2,0}, a_{4,0} and c_{w,0}, b for beta, S for √c_sigma L,
E for exp(2 c_res c_{w,0} L √q), cx for (S Q + x/cw) E.
"""

from typing import Any

from theorems.du2019deep.conv_forward_perturbation import KAPPA, eigen_image, over
from verify import Claim, Context, Outcome, Statement, evaluate, every, follows_from, identity, prove, unless

FROM_ZERO, FROM_ONE, POSITIVE = "[0, oo)", "[1, oo)", "(0, oo)"
PATCHES = "sec-3.3-phi-norm: |φ(x)|_F <= √q |x|_F"


def step(name: str, **fields: Any) -> Claim:
    """A step of the proof of Lemma D.4."""
    return Claim(
        f"du2019deep/proof-lemma-D.4-{name}",
        aliases=(f"du2019thesis/proof-lemma-3.18-{name}",),
        kind="proof-step",
        where="Appendix D.1, proof of Lemma D.4",
        step_of="du2019deep/lemma-D.4",
        **fields,
    )


split = step(
    "split",
    title="The change of a Gram entry in three parts, convolutional residual network",
    states=r"|\Delta G_{ij}| \le \frac{c_{res}^2}{H^2}(I_1+I_2+I_3),\quad I_1 = L^2a_{2,0}^{e}"
    r"\Big|\sum_{l,k}\Delta(x_{i,l}^\top x_{j,k})\Big|,\quad I_2 = \sum_{l,k}|x_{i,l}(0)^\top x_{j,k}(0)|"
    r"\frac1m\sum_r|a_{r,l}a_{r,k}(0)||\Delta(\sigma'\sigma')|,\quad I_3 = t\,L^2\sum_{l,k}"
    r"|x_{i,l}(k)^\top x_{j,k}(k)|\frac1m\sum_r|\Delta(a_{r,l}a_{r,k})|,\qquad e = 2,\ t = 1",
    given=(
        r"x_{i,l} = \phi(x_i^{(H-1)})_{:,l},\ |\sigma'|\le L,\ \|a_{:,l}(0)\|_2\le a_{2,0}\sqrt m",
        r"\text{printed: the absolute value outside of the sum over } (l,k)",
    ),
    printed={"abs": "outside", "e": 2, "t": 1},
    uses=("du2019deep/eq-15",),
    note="The weights of the differences depend on (l, k), so that they need not cancel when the differences "
    "do. The next step of the printed proof bounds the sum of the absolute values, which is what is needed.",
)


def two_pixels(claim: Statement) -> Outcome:
    """σ(z) = z, H = 2, p = d_0 = 2, q = m = n = 1, input I/√2, a = (1, -1) fixed, a_{2,0} = L = 1.

    W^(1) from √2 (1, 0) to √2 (1 + t, -t): x from (1, 0) to (1 + t, -t), G over c_res²/4 is (x_1 - x_2)².
    """
    change = "(1 + 2*z)**2 - 1"
    terms = ("(1 + z)**2 - 1", "-z*(1 + z)", "-z*(1 + z)", "z**2")
    size = {
        "outside": f"abs({' + '.join(f'({v})' for v in terms)})",
        "inside": "((1 + z)**2 - 1) + 2*z*(1 + z) + z**2",
    }[claim.abs]
    return prove(f"{change} <= {size}", z="(0, 1]", says="x from (1, 0) to (1 + t, -t), a = (1, -1)")


def concentrated(claim: Statement) -> Outcome:
    """One neuron, one pixel, slope L, a = a2: the weight of a difference is a2² L²."""
    return prove("a2**2*L**2 <= L**2*a2**e", let={"e": claim.e}, a2=POSITIVE, L=POSITIVE, says="one neuron")


@split.check(covers="universal")
def three_factors(claim: Statement, ctx: Context) -> Outcome:
    """A pair of pixels and a neuron: P A S after, P_0 A_0 S_0 before.  First two images of two pixels."""
    said = "P*A*S - P0*A0*S0 == (P - P0)*A0*S + P0*A0*(S - S0) + t*P*(A - A0)*S"
    three = identity(said, let={"t": claim.t}, says="a term")
    weights = "(sqrt(m)*a2)*(sqrt(m)*a2)/m*L**2 == L**2*a2**2"
    argument = follows_from(
        identity(weights, m=FROM_ONE, says="(1/m)Σ|a_l a_k| L²"),
        assumes=("Cauchy-Schwarz", "triangle inequality, inside of the sum over the pairs", "|σ'| <= L"),
    )
    return unless([two_pixels(claim), concentrated(claim), three], argument)


INSIDE: dict[str, Any] = {"abs": "inside"}
split.falsehood("two parts", **INSIDE, t=0)
split.falsehood("a_{2,0} for a_{2,0}²", **INSIDE, e=1)
split.falsehood("two thirds of the third part", **INSIDE, t="2/3")
split.corrected("absolute values inside of the sum", erratum="broken proof step", **INSIDE)


parts = step(
    "parts",
    title="The three parts of the change, convolutional residual network",
    states=r"I_1 \le k_1\,q^{j}c_{x,0}c_xL^2a_{2,0}^2\,p\,R;\quad I_2 \le "
    r"\frac{\beta L a_{4,0}^2q^{j}p^{w/2}c_{x,0}^2}{\sqrt m}(\|\Delta z_i\|_F+\|\Delta z_j\|_F),\ "
    r"\|\Delta z\|_F \le (g\,c_xc_{w,0}\sqrt q+c_{x,0})R\sqrt m;\quad I_3 \le "
    r"k_3\,q^{j}a_{2,0}c_{x,0}^2L^2\sqrt p\,R,\qquad k_1 = 3,\ g = 2,\ k_3 = 12,\ w = 1",
    given=(
        r"\text{hypotheses of Lemma D.4},\ c_xR \le c_{x,0},\ R \le a_{2,0},\ R\le c_{w,0}",
        r"c_x = (\sqrt{c_\sigma q}\,L+c_{x,0}/c_{w,0})e^{2c_{res}c_{w,0}L\sqrt q}",
        r"I_1\ \text{with the absolute values inside (step before)};\quad \text{printed: } j = 0",
    ),
    printed={"j": 0, "k1": 3, "g": 2, "k3": 12, "w": 1},
    parts=("I1", "I2", "pre-activations", "I3"),
    uses=("du2019deep/lemma-D.3", "du2019deep/sec-3.3-phi-norm"),
    note="The patches have norms up to √q c_{x,0}, which is lost: a factor q in each part (j = 1). With an "
    "image of norm c_{x,0} the printed I_1 fails at q = 3, I_3 at q = 7. The bound on Δz holds although it "
    "should have √q c_{x,0}, because Lemma D.3 has room. I_3 is displayed with a second c_res²/H².",
)


def mass(p: int, q: int) -> str:
    """Σ_{l,k} <φ(e)_l, φ(e)_k> for the constant image e of norm 1: (p - |o|)²/p over the offsets o."""
    return f"({p} + 2*({' + '.join(f'({p} - {o})**2' for o in range(1, q // 2 + 1))})/{p})"


def growing_image(claim: Statement) -> Outcome:
    """σ(z) = z, H = 2, p = 5, q = 3, m = n = 1, a = 1: filters along (1, 1, 1) on the eigen-image e.

    x goes from 2e to (2 + v)e, v = κR/√3.  c_{x,0} = 21/10, c_{w,0} = 100 (the norm of W^(2)(0)) and c_res is
    10^-6.  I_1 >= 4 N v, N = Σ <φ_l, φ_k>.
    """
    N = "(((2 + sqrt(3))**2 + 2*(3/2 + sqrt(3))**2)/3)"
    cx = "(sqrt(3) + 21/1000)*exp(2*sqrt(3)/10**4)"
    said = f"4*{N}*{KAPPA}/sqrt(3) <= k1*21/10*{cx}*5*3**j"
    let = {"k1": claim.k1, "j": claim.j}
    return every(
        eigen_image(),
        evaluate("1 + 3 + 4 + 3 + 1 == 12", says="squared norm of (1, √3, 2, √3, 1)"),
        evaluate("(2 + 2*sqrt(3) + 2)**2/12 == (2 + sqrt(3))**2/3", says="offset 0"),
        evaluate("2*(1 + 100*sqrt(3)/2/10**6) <= 21/10", says="layer 2 at the start"),
        evaluate(said, let=let, says="eigen-image, x from 2e to (2 + v)e, over R", instance=True),
    )


PAIRS = "Σ_{l,k} |u_l||v_k| <= p |φ(u)|_F |φ(v)|_F (Cauchy-Schwarz)"


@parts.check(part="I1", covers="universal")
def differences_of_patches(claim: Statement, ctx: Context) -> Outcome:
    """pq(|Δx||x(k)| + |x(0)||Δx|) with |Δx| = v = z x <= c_x R, z <= 1.  First a growing image."""
    let = {"k1": claim.k1, "v": "(z*x)"}
    chain = prove(
        "q*p*(v*(x + v) + x*v) <= k1*q**j*x*v*p",
        let=let | {"j": claim.j},
        z="[0, 1]",
        x=POSITIVE,
        p=FROM_ONE,
        q=FROM_ONE,
        says="over L² a2²",
    )
    return unless([growing_image(claim)], follows_from(chain, assumes=(PAIRS, PATCHES, "lemma-D.3")))


def kinked_slopes(claim: Statement) -> Outcome:
    """σ' = 1 below 0, 1 - z on [0, 1], 0 above; σ(0) = 0, L = β = 1.  p = 100, q = 3, m = n = a = 1, H = 2.

    x^(1) = -s (1, ..., 1)/10 from a constant image and W^(1) = (0, -w, 0), kept; W^(2) from 0 to (0, -d, 0),
    so that z goes from 0 to y = ds/10 at all pixels: I_2 = s² N (1 - (1 - y)²), |Δz|_F = 10y.
    """
    left = f"{mass(100, 3)}*(2*y - y**2)"
    return prove(
        f"{left} <= 3**j*sqrt(100)**w*2*10*y",
        let={"j": claim.j, "w": claim.w},
        y="(0, 1/10]",
        says="constant image, over s²",
    )


@parts.check(part="I2", covers="universal")
def fourth_powers(claim: Statement, ctx: Context) -> Outcome:
    """Σ|x_l.x_k| t_lk <= |φ(x_i)||φ(x_j)| |t|, t_lk <= a4² √m |Δz_l|, p pairs for each l.  First an image."""
    let = {"j": claim.j, "w": claim.w}
    chain = prove(
        "b*L/m*(Q**2*x**2)*(a4**2*sqrt(m))*sqrt(p) <= b*L*a4**2*(Q**2)**j*sqrt(p)**w*x**2/sqrt(m)",
        let=let,
        says="over |Δz_i| + |Δz_j|",
        **over(POSITIVE, "b", "L", "x", "a4"),
        **over(FROM_ONE, "m", "p", "Q"),
    )
    argument = follows_from(
        identity(
            "(a**4 + d**4)*(s**2 + t**2) - (a**2*s + d**2*t)**2 == (a**2*t - d**2*s)**2",
            says="Σ a_l² a_k² <= |a_l|_4² |a_k|_4² (s, t squares of a_k)",
        ),
        chain,
        assumes=("Cauchy-Schwarz, three times", PATCHES, "|Δ(σ'σ')| <= βL(|Δz_i| + |Δz_j|)"),
    )
    return unless([kinked_slopes(claim)], argument)


def second_filter(claim: Statement) -> Outcome:
    """σ(z) = z, the eigen-image, filters along (1, 1, 1): x^(1) from 0 to v e, W^(2) from cw to 2cw.

    R = cw, v = κR/√3; |Δz| = 2 cw v κ/√3; c_{x,0} = 2, cw = 100, c_res = 10^-6.
    """
    cx = "(sqrt(3) + 2/100)*exp(2*sqrt(3)/10**4)"
    said = f"200*({KAPPA}/sqrt(3))**2 <= g*{cx}*100*sqrt(3) + 2"
    return evaluate(said, let={"g": claim.g}, says="eigen-image, over R", instance=True)


@parts.check(part="pre-activations", covers="universal")
def room_in_the_features(claim: Statement, ctx: Context) -> Outcome:
    """2 cw Q |Δx| + R Q x over √m; the proof of Lemma D.3 has |Δx| <= ((S Q + x/(2cw)) E - x/(2cw)) R."""
    D = "((S*Q + x/(2*cw))*(1 + y) - x/(2*cw))"
    said = f"2*cw*Q*{D} + Q*x <= g*((S*Q + x/cw)*(1 + y))*cw*Q + x"
    box: dict[str, Any] = over(POSITIVE, "S", "x", "cw") | {"Q": FROM_ONE, "y": FROM_ZERO}
    chain = prove(said, let={"g": claim.g}, says="E = 1 + y, over R", **box)
    argument = follows_from(chain, assumes=("lemma-D.3, recursion_over_the_layers", PATCHES, "R <= c_{w,0}"))
    return unless([eigen_image(), second_filter(claim)], argument)


def larger_output(claim: Statement) -> Outcome:
    """σ(z) = z, p = 100, q = 7, m = n = 1: a constant image, x = s e kept, a from 1 to 1 + d at all pixels.

    R = d √p: I_3 >= s² N 2d, against k3 s² √p R.
    """
    said = f"2*{mass(100, 7)} <= k3*7**j*100"
    return evaluate(said, let={"k3": claim.k3, "j": claim.j}, says="constant image, q = 7", instance=True)


@parts.check(part="I3", covers="universal")
def output_weights(claim: Statement, ctx: Context) -> Outcome:
    """|φ(x_i(k))||φ(x_j(k))| <= 4q x², and |Δa|(|a(k)| + |a(0)|) <= mR(2√p a2 + R).  First an image."""
    let = {"k3": claim.k3, "j": claim.j, "R": "(z*a2)"}
    chain = prove(
        "q*(2*x)**2*(R*(2*sqrt(p)*a2 + R)) <= k3*q**j*a2*x**2*sqrt(p)*R",
        let=let,
        z="[0, 1]",
        says="over L²",
        **over(POSITIVE, "x", "a2"),
        **over(FROM_ONE, "p", "q"),
    )
    argument = follows_from(
        chain,
        assumes=(
            "Cauchy-Schwarz over neurons and over pairs",
            PATCHES,
            "|a(0)|_F <= √p a_{2,0} √m",
            "lemma-D.3",
        ),
    )
    return unless([larger_output(claim)], argument)


WITH_Q: dict[str, Any] = {"j": 1}
parts.falsehood("1 for 3 in I_1", **WITH_Q, k1=1, by=("differences_of_patches",))
parts.falsehood("without √p in I_2", **WITH_Q, w=0, by=("fourth_powers",))
parts.falsehood("c_x c_{w,0} √q once", **WITH_Q, g=1, by=("room_in_the_features",))
parts.falsehood("1 for 12 in I_3", **WITH_Q, k3=1, by=("output_weights",))
parts.corrected("a factor q in each part", erratum="constant", **WITH_Q)


lemma = Claim(
    "du2019deep/lemma-D.4",
    aliases=("du2019thesis/lemma-3.18",),
    title="Small changes of the weights change the last Gram matrix little, convolutional residual network",
    kind="deterministic-inequality",
    where="Appendix D, Lemma D.4; proof in Appendix D.1",
    states=r"R \le \frac{\rho\,\lambda_0H^{h}}{n^{j}} \implies \|G^{(H)}(k)-G^{(H)}(0)\|_2 \le "
    r"s\,\lambda_0,\qquad h = 2,\ j = 1,\ s = \tfrac12,\quad \rho = c\,\mathrm{poly}(p)^{-1}",
    given=(
        r"\|a_{:,i}(0)\|_2\le a_{2,0}\sqrt m,\ \|a_{:,i}(0)\|_4\le a_{4,0}m^{1/4},\ \|W^{(h)}(0)\|_2\le "
        r"c_{w,0}\sqrt m,\ \|x^{(h)}(0)\|_F\le c_{x,0}",
        r"\|W^{(h)}(k)-W^{(h)}(0)\|_F,\ \|a(k)-a(0)\|_F \le \sqrt mR",
        r"R\le\min(c_{w,0},a_{2,0}),\ c_xR\le c_{x,0}\ \text{(Lemma C.4 has } R\le c\text{)}",
        r"\text{explicit: } \frac{1}{2\rho} = c_{res}^2Lq\left[3c_{x,0}c_xLa_{2,0}^2p+2\beta c_{x,0}^2"
        r"a_{4,0}^2\sqrt p(2c_xc_{w,0}\sqrt q+c_{x,0})+12c_{x,0}^2La_{2,0}\sqrt p\right]",
    ),
    printed={"s": "1/2", "h": 2, "j": 1},
    uses=("du2019deep/eq-15", "du2019deep/cond-3.1"),
    proof_uses=(
        "du2019deep/lemma-D.3",
        "du2019deep/proof-lemma-D.4-split",
        "du2019deep/proof-lemma-D.4-parts",
    ),
    note="With the factor q, which the last display of the proof lacks, the lemma holds; ρ falls like "
    "1/(c_{x,0}³ p). R <= c is not printed. It follows for a small c where λ0 <= (4/3) G_ii(0) (Lemma D.2), "
    "that is λ0 H² <= (4/3) c_res² L² a_{2,0}² p q c_{x,0}²; with the λ0 of Definition 7.1 as it stands, "
    "which lacks c_res²/H², it has to be assumed.",
)
BRACKET = "(3*x*cx*L*a2**2*p + 2*b*x**2*a4**2*sqrt(p)*(2*cx*cw*Q + x) + 12*x**2*L*a2*sqrt(p))"


def moved_output(claim: Statement) -> list[Outcome]:
    """σ(z) = z, p = q = m = 1, input weights 1, upper weights 0, a from 1 to 1 + R; all constants 1.

    c_res = 1/10: the bracket with its factors is 12 + 6E, E = e^(1/5), and ΔG = (c_res²/H²)(2R + R²).  One
    input, where λ0 = (c_res²/H²)(1 + c_res²/H²)^(H-2); 100 inputs nearly equal, where λ0 is as small as one
    likes and |ΔG|_2 is at least 99 times that.
    """
    let = {"s": claim.s, "h": claim.h, "j": claim.j}
    found = []
    for H in (2, 200):
        lam = f"(1/(100*{H}**2)*(1 + 1/(100*{H}**2))**{H - 2})"
        R = f"min(1, {lam}*{H}**h/(2/100*(12 + 6*exp(1/5))))"
        said = f"(2*{R} + ({R})**2)/(100*{H}**2) <= s*{lam}"
        found.append(evaluate(said, let=let, says=f"one input, H = {H}", instance=True))
    R = "(lam*2**h/(2/100*(12 + 6*exp(1/5))*100**j))"
    said = f"99*(2*{R} + {R}**2)/(100*2**2) <= s*lam"
    found.append(prove(said, let=let, lam="(0, 1/10**4]", says="100 nearly equal inputs, H = 2"))
    return found


@lemma.check(covers="universal")
def three_parts_added(claim: Statement, ctx: Context) -> Outcome:
    """|ΔG|_2 <= |ΔG|_F <= n max|ΔG_ij|, and |ΔG_ij| <= (c_res²/H²)(I_1 + I_2 + I_3).

    First output weights that move.
    """
    let = {"h": claim.h, "j": claim.j, "s": claim.s}
    sizes: dict[str, Any] = over(POSITIVE, "x", "cx", "L", "a2", "a4", "b", "cw")
    sizes |= over(FROM_ONE, "p", "Q")
    three = (
        "Q**2*3*x*cx*L**2*a2**2*p*R + 2*b*L*a4**2*Q**2*sqrt(p)*x**2*(2*cx*cw*Q + x)*R + Q**2*12*a2*x**2*L**2"
        "*sqrt(p)*R"
    )
    argument = follows_from(
        identity(f"{three} == L*Q**2*{BRACKET}*R", says="the three parts", p=FROM_ONE),
        prove(
            "cres**2/H**2*n*B*(z*lam*H**h/(2*cres**2*B*n**j)) <= s*lam",
            let=let,
            says="B the bracket with L q",
            z="[0, 1]",
            n=FROM_ONE,
            H="[2, oo)",
            cres="(0, 1)",
            B=POSITIVE,
            lam=POSITIVE,
        ),
        prove(
            "x*(S*Q + x/cw) <= x**2*(S*Q + 1/cw)",
            x=FROM_ONE,
            S=POSITIVE,
            Q=FROM_ONE,
            cw=POSITIVE,
            says="the bracket is at most a constant times c_{x,0}³ p",
        ),
        identity(
            "cres**2/H**2*p*Q**2*x**2*L**2*a2**2*H**2 == cres**2*L**2*a2**2*p*Q**2*x**2",
            H=FROM_ONE,
            says="G_ii(0) H²",
        ),
        assumes=(
            "proof-lemma-D.4-split, -parts (corrected)",
            "operator norm <= Frobenius norm <= n max |ΔG_ij|",
            "for c_{x,0} >= 1, which poly(p) may be taken to be",
        ),
    )
    return unless(moved_output(claim), argument)


@lemma.check()
def linear_networks(claim: Statement, ctx: Context) -> Outcome:
    """The output weights alone."""
    return every(*moved_output(claim))


lemma.falsehood("R not falling with n", j=0)
lemma.falsehood("R growing like H³", h=3)
lemma.falsehood("λ0/100", s="1/100")
