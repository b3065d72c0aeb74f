"""A made-up summary with every verdict, for looking at the page and for testing it.

``python -m report.example FOLDER [CLAIMS]`` writes ``summary.json`` and ``report.html`` there.  The first
claims retell the three worked findings of the design; the rest are filler with plausible shapes.
"""

import math
import sys
from pathlib import Path
from typing import Any

import msgspec

from verify.outcome import Demand, Evidence, Judgement, Outcome, Plot, Regime, Scope, Series, Strength
from verify.store import Change, Run, Summary, write_summary
from verify.verdict import (
    CheckSummary,
    ClaimSummary,
    ErratumSummary,
    RestsOn,
    Result,
    VariantSummary,
    Verdict,
)

FORMULAS = (
    r"\|H(k) - H^\infty\|_2 \le \frac{\lambda_0}{4}",
    r"\Pr\left(\left|\frac{1}{m}\sum_{r=1}^m X_r - \mathbb E X\right| \ge t\right) \le 2\exp(-2mt^2)",
    r"\mathbb E_{w\sim N(0,I)}\left[x_i^\top x_j \mathbf 1\{w^\top x_i \ge 0, w^\top x_j \ge 0\}\right] "
    r"= \frac{x_i^\top x_j(\pi - \arccos(x_i^\top x_j))}{2\pi}",
    r"m = \Omega\left(\frac{n^6}{\lambda_0^4\delta^3}\right), \quad "
    r"\eta = O\left(\frac{\lambda_0}{n^2}\right) \Longrightarrow "
    r"\|u(k) - y\|_2^2 \le \left(1 - \frac{\eta\lambda_0}{2}\right)^k \|u(0) - y\|_2^2 "
    r"\text{ for all } k = 0, 1, 2, \ldots",
    r"\sigma_{\min}(K^{(H)}) \succeq c\,\undefinedcommand{x}",
)


def evidence(says: str, **certificate: Any) -> Evidence:
    """Evidence from a certificate's JSON fields."""
    return msgspec.convert({"says": says, "certificate": certificate}, Evidence)


def result(
    claim: str,
    check: str,
    outcome: Outcome,
    strength: Strength,
    scope: Scope,
    *propositions: str,
    variant: str = "printed",
) -> Result:
    """A judged result."""
    met = outcome.regime.met is not False
    judged = Judgement(outcome.status, strength, scope, outcome, propositions, met)
    return Result(claim, variant, check, "0" * 64, judged, 0.25)


def summary(claims: int = 24) -> Summary:
    """The example with as many claims as asked for (at least the worked ones)."""
    shown, results = _worked()
    for number in range(len(shown), claims):
        item, own = _filler(number)
        shown.append(item)
        results += own
    run = Run(
        "0123456789ab",
        "2026-01-01T12:00:00+0000",
        "quick",
        20190000,
        "cpu",
        "0123abcd4567",
        {"python": "3.11.7", "python-flint": "0.9.0", "numpy": "2.4.6"},
        "Linux x86_64",
        2,
    )
    changes = [
        Change("lin2022review/lemma-2", "new refutation", "was undecided; T = 10^12"),
        Change("du2019deep/thm-6.1", "weaker", "proved became undecided: no proof was found"),
        Change("du2019deep/lemma-G.3", "stronger", "certified: rigorous/domain became exact/universal"),
        *(Change(item.id, "new", f"{item.verdict}, not yet in the lock") for item in shown[8:]),
    ]
    missing = ["theorems/lin2022review/main.py::lin2022review/thm-4::scaling"]
    return Summary(run, shown, results, changes, missing, ["du2019deep/thm-6.1::wide (gpu)"], 12, 41.5)


def _worked() -> tuple[list[ClaimSummary], list[Result]]:
    items = [
        _lipschitz(),
        _condition(),
        _variance(),
        _variance_step(),
        _theorem(),
        _deep(),
        _conflict(),
        _flip(),
    ]
    return [item for item, _ in items], [r for _, own in items for r in own]


def _lipschitz() -> tuple[ClaimSummary, list[Result]]:
    name, witness = (
        "lin2022review/lemma-2",
        "A₁ = diag(1, T), A₂ = diag(2, T) with T = 10¹²: the distance is 1, the off-diagonal entries differ "
        "by 2.3419…·10⁵ > L = 7",
    )
    ts = [10.0**k for k in range(0, 13, 2)]
    plot = Plot(
        "The difference grows like √T, past every constant L.",
        "T",
        "difference of the off-diagonal entries",
        [
            Series("enclosed difference (softplus)", ts, [0.234 * math.sqrt(t) + 0.05 for t in ts], "points"),
            Series("0.234 √T", ts, [0.234 * math.sqrt(t) for t in ts]),
            Series("L = 7 (printed: any constant)", ts, [7.0] * len(ts), "bound"),
        ],
        log_x=True,
        log_y=True,
    )
    found = Outcome(
        "refuted",
        (
            evidence("T = 10^12", kind="evaluation", statement="x >= 7", point={"x": "234190"}),
            evidence(
                "the Gram matrix",
                kind="float-eigenvalue-bound",
                size=40,
                matrix="QUJD" * 4000,
                sha256="ab" * 32,
                shift="1/7",
            ),
        ),
        witness=witness,
        plots=(plot,),
    )
    item = ClaimSummary(
        id=name,
        title="One Lipschitz constant for the kernel map over all positive definite covariances",
        kind="deterministic-inequality",
        where="Lemma 2",
        states=r"\|\mathbb E_{U\sim N(0,A_1)}\sigma(U)\sigma(U)^\top - \mathbb E_{U\sim N(0,A_2)}\sigma(U)"
        r"\sigma(U)^\top\|_{\max} \le L\,\|A_1 - A_2\|_{\max}",
        verdict="refuted",
        strength="rigorous",
        given=(r"A_1, A_2 \succ 0", "σ is smooth and Lipschitz"),
        printed={"C": "none"},
        witness=witness,
        checks=(
            CheckSummary(
                "diagonal_pair",
                "Two diagonal matrices at distance 1.\n\n    The off-diagonal entry factors, and one factor "
                "grows like √T.",
                code="refuted/rigorous/instances",
                refutes=("falsehood[squared]",),
            ),
        ),
        variants=(
            VariantSummary(
                "corrected[bounded-diagonal]",
                "corrected",
                "all diagonal entries at most C",
                {"C": "L^2 + beta*(|sigma(0)| + L*sqrt(2*C/pi))"},
                "proved",
                erratum="missing hypothesis",
            ),
            VariantSummary(
                "falsehood[squared]",
                "falsehood",
                "with the squared distance",
                {"C": "2"},
                "refuted",
                ("diagonal_pair",),
            ),
        ),
        erratum=ErratumSummary("false statement", witness, "all diagonal entries at most C: C = …", "proved"),
        file="theorems/__init__.py",
        line=1,
    )
    repaired = Outcome(
        "holds",
        (evidence("chain", kind="identity", left="x", right="x"),),
        margin=0.81,
        assumes=("dominated convergence",),
    )
    return item, [
        result(name, "diagonal_pair", found, "rigorous", "instances", "x >= 7  [x = 234190]"),
        result(
            name,
            "diagonal_pair",
            repaired,
            "exact",
            "universal",
            "x = x",
            variant="corrected[bounded-diagonal]",
        ),
        result(name, "diagonal_pair", found, "rigorous", "instances", variant="falsehood[squared]"),
    ]


def _condition() -> tuple[ClaimSummary, list[Result]]:
    name, witness = (
        "du2019deep/cond-3.1",
        "ReLU satisfies it with c = 0, so the literal text excludes nothing",
    )
    item = ClaimSummary(
        id=name,
        title="Smoothness of the activation",
        kind="assumption",
        where="Condition 3.1",
        states=r"|\sigma'(z) - \sigma'(z)| \le c|z - z'|",
        verdict="refuted",
        strength="exact",
        witness=witness,
        printed={"second": "z"},
        erratum=ErratumSummary("misprint", witness, "σ'(z') in the second term: second = z'", "proved"),
        variants=(
            VariantSummary("reading[evident]", "reading", "σ'(z') evidently", {"second": "z'"}, "proved"),
            VariantSummary(
                "corrected[evident]", "corrected", "σ'(z')", {"second": "z'"}, "proved", erratum="misprint"
            ),
        ),
    )
    found = Outcome("refuted", (evidence("0 <= c", kind="identity", left="0", right="0"),), witness=witness)
    return item, [result(name, "literal", found, "exact", "universal", "0 = 0")]


def _variance() -> tuple[ClaimSummary, list[Result]]:
    name = "du2019deep/lemma-G.3"
    alphas = [0.5 + 0.05 * k for k in range(70)]
    plot = Plot(
        "The derivative stays below the bound, and comes within 82 % of it.",
        "variance α",
        "|d/dα E σ(√α z)|",
        [
            Series("observed", alphas, [0.41 / (1 + a) for a in alphas], "points"),
            Series("bound", alphas, [0.5 / (1 + 0.2 * a) for a in alphas], "bound"),
        ],
    )
    boxes = [f"[{k}/64, {k + 1}/64]" for k in range(300)]
    holds = Outcome(
        "holds",
        (
            evidence(
                "on boxes",
                kind="inequality",
                statement="x >= 0",
                domain={"x": "[0, 4]"},
                proof={"boxes": boxes},
            ),
            *(evidence(f"at {k}", kind="evaluation", statement=f"{k} >= 0") for k in range(8)),
        ),
        margin=0.8193,
        plots=(plot,),
        assumes=("Leibniz rule under the integral",),
        observations=("largest at α = 0.5",),
    )
    item = ClaimSummary(
        id=name,
        title="The mean activation is Lipschitz in the variance",
        kind="deterministic-inequality",
        where="Lemma G.3",
        states=r"|\mathbb E\sigma(\sqrt{\alpha} z) - \mathbb E\sigma(\sqrt{\beta} z)| \le L|\alpha - \beta|",
        verdict="certified",
        strength="rigorous",
        scope="domain",
        margin=0.8193,
        given=(r"\alpha, \beta \in [1/2, 4]",),
        uses=("du2019deep/cond-3.1",),
        proof_uses=("du2019deep/lemma-G.3-step-2",),
        aliases=("du2019thesis/lemma-3.9",),
        proof="printed proof broken at du2019deep/lemma-G.3-step-2",
        rests_on=(
            RestsOn("du2019deep/cond-3.1", "refuted", "statement"),
            RestsOn("du2019deep/lemma-G.3-step-2", "refuted", "proof"),
        ),
        checks=(
            CheckSummary(
                "derivative", "Half of E σ''(√α z) is enclosed on boxes.", code="holds/rigorous/domain"
            ),
        ),
        defects=("the check derivative refutes no falsehood, so nothing shows that it can fail",),
    )
    vouched = ("x >= 0 for x in [0, 4]", *(f"{k} >= 0" for k in range(8)))
    return item, [result(name, "derivative", holds, "rigorous", "domain", *vouched)]


def _variance_step() -> tuple[ClaimSummary, list[Result]]:
    name = "du2019deep/lemma-G.3-step-2"
    witness = "softplus at α = 4: the derivative is 0.0757…, the displayed expression is 0.3647…"
    item = ClaimSummary(
        id=name,
        title="Derivative of the mean activation",
        kind="proof-step",
        where="Appendix G, second display of the proof",
        states=r"\frac{d}{d\alpha}\mathbb E\sigma(\alpha z) = \mathbb E\, z\sigma'(\alpha z)",
        verdict="refuted",
        strength="rigorous",
        step_of="du2019deep/lemma-G.3",
        witness=witness,
        corrected_in=("du2019shallow/event-Air", "broken proof step"),
        erratum=ErratumSummary("broken proof step", witness, "see du2019shallow/event-Air", "proved"),
        checks=(
            CheckSummary("softplus", "Two balls that do not overlap.", code="refuted/rigorous/instances"),
        ),
    )
    found = Outcome(
        "refuted",
        (evidence("balls", kind="evaluation", statement="a < b", point={"a": "0"}),),
        witness=witness,
    )
    return item, [result(name, "softplus", found, "rigorous", "instances", "a < b  [a = 0]")]


def _theorem() -> tuple[ClaimSummary, list[Result]]:
    name = "lin2022review/thm-4"
    rows = "1" * 9990 + "0" * 10
    holds = Outcome(
        "holds",
        (
            evidence(
                "9990 of 10000 trials",
                kind="binomial-decision",
                event="λ_min(H) >= 3/4 λ_0",
                level="99/100",
                verdict="holds",
                trials=10000,
                successes=9990,
                alpha="1/1000000000",
                rows=rows,
                stream="20190000/lin2022review/thm-4/scaling/",
            ),
        ),
        margin=0.31,
        regime=Regime(
            False,
            3.2e17,
            4096,
            "explicit constants traced through the proof",
            (
                Demand("step size", 1 / 8, 1.0, at_most=True, note="n = 1"),
                Demand("iterations", 436.0, 107.0, note="to 10⁻⁶ of the first loss"),
            ),
        ),
    )
    item = ClaimSummary(
        id=name,
        title="Linear convergence of gradient descent for wide networks",
        kind="dynamics",
        where="Theorem 4",
        states=FORMULAS[3],
        verdict="undecided",
        regime="out of regime",
        required_width=3.2e17,
        used_width=4096,
        uses=("lin2022review/lemma-2",),
        reason="scaling: only observed; would decide: a run in regime",
        rests_on=(RestsOn("lin2022review/lemma-2", "refuted", "statement"),),
        checks=(
            CheckSummary("scaling", "At practical sizes.", code="holds/statistical/instances/out-of-regime"),
        ),
    )
    return item, [
        result(name, "scaling", holds, "statistical", "instances", "Pr(λ_min(H) >= 3/4 λ_0) >= 99/100")
    ]


def _deep() -> tuple[ClaimSummary, list[Result]]:
    item = ClaimSummary(
        id="du2019deep/thm-6.1",
        title="Convergence of gradient descent for deep residual networks",
        kind="dynamics",
        where="Theorem 6.1",
        states=FORMULAS[4],
        verdict="undecided",
        uses=("du2019deep/lemma-G.3", "lin2022review/lemma-2"),
        reason="wide: needs the profile gpu; would decide: a run at width 2^20",
        rests_on=(RestsOn("lin2022review/lemma-2", "refuted", "statement"),),
        checks=(CheckSummary("wide", "Width 2^20.", profile="gpu"),),
    )
    return item, []


def _conflict() -> tuple[ClaimSummary, list[Result]]:
    item = ClaimSummary(
        id="du2019deep/eq-9",
        title='A conflict with markup in its title: <script>window.hacked = 1</script> & "quotes"',
        kind="closed-form",
        where='Equation (9) <img src=x onerror="window.hacked=2">',
        states=r"\text{<script>window.hacked = 3</script>}",
        verdict="conflict",
        strength="exact",
        scope="universal",
        given=("</style><script>window.hacked = 4</script>",),
        witness="<b>0 = 1</b>",
        note="<!-- a comment --> is text",
    )
    return item, []


def _flip() -> tuple[ClaimSummary, list[Result]]:
    name = "du2019shallow/event-Air"
    item = ClaimSummary(
        id=name,
        title="Anti-concentration: how often a radius-R perturbation can flip a gate",
        kind="probabilistic",
        where="Section 3.1, proof of Lemma 3.2",
        states=r"\Pr(A_{ir}) = \Pr_{z\sim N(0,1)}(|z| < R) \le \frac{c R}{\sqrt{2\pi}}",
        verdict="proved",
        strength="exact",
        scope="universal",
        margin=0.99982,
        given=(r"\|x_i\|_2 = 1", r"w_r(0) \sim N(0, I)", r"R > 0"),
        printed={"c": "2"},
        parts={"probability": "proved", "gate": "proved"},
        checks=(
            CheckSummary(
                "tangent_line_at_zero",
                "erf(R/√2) is concave on R ≥ 0, so it lies below its tangent at 0 exactly when c ≥ 2.",
                "probability",
                "holds/exact/universal",
                ("falsehood[constant-halved]",),
            ),
        ),
        variants=(
            VariantSummary(
                "falsehood[constant-halved]",
                "falsehood",
                "constant halved",
                {"c": "1"},
                "refuted",
                ("tangent_line_at_zero",),
            ),
        ),
    )
    proof = {"derivative": "R", "at": "0", "gap": {"product": ["c - 2*exp(-R**2/2)", "1/sqrt(2*pi)"]}}
    holds = Outcome(
        "holds",
        (
            evidence(
                "erf(R/sqrt(2)) < c*R/sqrt(2*pi)",
                kind="inequality",
                statement="erf(R/sqrt(2)) < c*R/sqrt(2*pi)",
                domain={"R": "(0, oo)"},
                proof=proof,
                let={"c": "2"},
            ),
        ),
    )
    fails = Outcome(
        "refuted",
        (evidence("R = 1", kind="evaluation", statement="erf(R) >= c*R", point={"R": "1"}),),
        witness="erf(R/sqrt(2)) < c*R/sqrt(2*pi) fails at R = 1, c = 1: the sides are 0.6827 and 0.3989",
    )
    return item, [
        result(
            name,
            "tangent_line_at_zero",
            holds,
            "exact",
            "universal",
            "erf(R/sqrt(2)) < c*R/sqrt(2*pi)  [c = 2]",
        ),
        result(
            name, "tangent_line_at_zero", fails, "rigorous", "instances", variant="falsehood[constant-halved]"
        ),
    ]


def _filler(number: int) -> tuple[ClaimSummary, list[Result]]:
    source = ("du2019shallow", "du2019deep", "lin2022review", "zou2020", "gaussian")[number % 5]
    name = f"{source}/lemma-{number // 7}.{number}"
    verdicts: tuple[Verdict, ...] = (
        "proved",
        "certified",
        "supported",
        "proved",
        "certified",
        "undecided",
        "refuted",
    )
    verdict = verdicts[(number * 3) % 7]
    strength: Strength = {"proved": "exact", "certified": "rigorous", "supported": "statistical"}.get(
        verdict, "rigorous" if verdict == "refuted" else "observed"
    )  # type: ignore[assignment]
    scope: Scope = "universal" if verdict == "proved" else "domain" if verdict == "certified" else "instances"
    below = [n for n in (number - 5, number - 7, number // 2) if n >= 24 and n % 4]
    uses = tuple(
        f"{('du2019shallow', 'du2019deep', 'lin2022review', 'zou2020', 'gaussian')[n % 5]}/lemma-{n // 7}.{n}"
        for n in below
    )
    witness = (
        f"x = {number}/7: the left side is 1.2345, the right side is 1.1" if verdict == "refuted" else ""
    )
    needed = 10.0 ** (number % 17)
    regime = Regime(needed <= 1024, needed, 1024.0) if number % 6 == 0 else Regime()
    item = ClaimSummary(
        id=name,
        title=f"Filler number {number}: concentration of the Gram matrix at initialisation",
        kind=("deterministic-inequality", "probabilistic", "closed-form", "dynamics")[number % 4],
        where=f"Lemma {number // 7}.{number}",
        states=FORMULAS[number % 4],
        verdict=verdict,
        strength=strength,
        scope=scope,
        regime={True: "in regime", False: "out of regime", None: ""}[regime.met],
        required_width=regime.required_width,
        used_width=regime.used_width,
        margin=round(0.3 + (number % 13) / 19, 4),
        given=(r"\|x_i\|_2 = 1", r"w_r(0) \sim N(0, I)", "unit inputs, pairwise not parallel"),
        printed={"c": str(number), "p": "1/2"},
        uses=uses[:2],
        proof_uses=uses[2:],
        witness=witness,
        reason="chain: no proof was found; would decide: a proof tree" if verdict == "undecided" else "",
        checks=(CheckSummary("chain", "Hoeffding and a union bound over n² entries.", code="…"),),
        variants=(
            VariantSummary(
                "falsehood[constant-halved]",
                "falsehood",
                "constant halved",
                {"c": "1"},
                "refuted",
                ("chain",),
            ),
            VariantSummary(
                "falsehood[exponent]", "falsehood", "exponent 1/3", {"p": "1/3"}, "refuted", ("chain",)
            ),
        ),
    )
    link = evidence(
        "the chain",
        kind="inequality",
        statement="x**2 + 1 >= 2*x",
        domain={"x": "(-oo, oo)"},
        proof={"square": "x - 1"},
    )
    xs = [float(2**k) for k in range(6, 14)]
    plot = Plot(
        "The distance falls like 1/√m.",
        "width m",
        "distance of the Gram matrix",
        [
            Series("observed", xs, [3 / math.sqrt(x) for x in xs], "points"),
            Series("bound", xs, [9 / math.sqrt(x) for x in xs], "bound"),
        ],
        log_x=True,
        log_y=True,
    )
    status = "refuted" if verdict == "refuted" else "undecided" if verdict == "undecided" else "holds"
    outcome = Outcome(
        status,  # type: ignore[arg-type]
        () if status == "undecided" else (link,),
        margin=item.margin,
        witness=witness,
        reason="no proof was found" if status == "undecided" else "",
        regime=regime,
        plots=(plot,) if number % 3 == 0 else (),
    )
    fails = Outcome("refuted", (link,), witness="x = 1: the sides are 0.68268949 and 0.39894228")
    return item, [
        result(name, "chain", outcome, strength, scope, "x**2 + 1 >= 2*x for x in (-oo, oo)"),
        result(name, "chain", fails, "exact", "instances", variant="falsehood[constant-halved]"),
        result(name, "chain", fails, "exact", "instances", variant="falsehood[exponent]"),
    ]


def main(folder: str, claims: str = "40") -> None:
    """Write the example summary and its page."""
    from report.page import build

    write_summary(Path(folder), summary(int(claims)))
    print(build(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
