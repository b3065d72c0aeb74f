"""`verify bound`: certified lambda_0, explicit widths, hidden constants named, and bad data in one line."""

import json
import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner, Result
from flint import arb

from numerics.activations import softplus, tanh
from numerics.balls import ball, precision
from numerics.dual import dual_ball
from numerics.population_conv_ball import conv_last_ball
from numerics.population_recursion import Network
from numerics.spectrum import lambda_min_enclosure
from theorems.du2019shallow.bootstrap import CONSTANT
from verify import bound, bound_data, bound_table
from verify.claim import SpecError
from verify.cli import main

FLOW, JOINT, DESCENT = (f"du2019shallow/thm-{k}" for k in ("3.2", "3.3", "4.1"))
DENSE, RESIDUAL, CONV = (f"du2019deep/thm-{k}" for k in ("5.1", "6.1", "7.1"))


def verify(*arguments: Any) -> Result:
    """Run `verify bound` in this process."""
    return CliRunner().invoke(main, ["bound", *map(str, arguments)])


def as_json(*arguments: Any) -> dict[str, Any]:
    """The answer of `verify bound --json`."""
    done = verify(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def save(tmp_path: Path):
    """A function that saves an array or a text and returns its path."""

    def write(content: Any, name: str = "X.npy") -> Path:
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content)
        elif name.endswith(".npz"):
            np.savez(path, **content)
        else:
            np.save(path, content)
        return path

    return write


def sphere(n: int, d: int, seed: int = 0) -> Any:
    """Random unit rows."""
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1)[:, None]


def fifty_digits(X: Any) -> Any:
    """lambda_min of H-infinity with mpmath at 50 digits."""
    with mpmath.workdps(50):
        rows = [[mpmath.mpf(x) for x in row] for row in X.tolist()]
        norms = [mpmath.sqrt(mpmath.fsum(x * x for x in row)) for row in rows]
        H = mpmath.matrix(len(rows))
        for i, x in enumerate(rows):
            for j, y in enumerate(rows):
                inner = mpmath.fsum(a * b for a, b in zip(x, y, strict=True))
                angle = mpmath.mpf(0) if i == j else mpmath.acos(inner / norms[i] / norms[j])
                H[i, j] = inner * (mpmath.pi - angle) / (2 * mpmath.pi)
        return min(mpmath.eigsy(H, eigvals_only=True))


# ---- lambda_0


@pytest.mark.parametrize(("n", "width"), [(2, 1e-28), (12, 1e-20), (45, 1e-11)])
def test_shallow_lambda_contains_fifty_digits(n, width):
    """The enclosure contains an independent 50-digit value and is narrow, at small and large n."""
    X = sphere(n, 6, n)
    found, exact = bound_data.shallow_lambda(X), fifty_digits(X)
    with precision(200):
        assert found.contains(arb(f"{mpmath.nstr(exact, 45)} +/- 1e-44").mid())
    assert float(found.rad()) < width


def test_nearly_parallel_rows_keep_their_digits():
    """At an angle of 1e-6 lambda_0 is angle/(2 pi) + O(angle^2): positive, and enclosed to 1e-6 of itself."""
    X = np.array([[1.0, 0.0], [math.cos(1e-6), math.sin(1e-6)]])
    found = bound_data.shallow_lambda(X)
    assert found > 0
    assert float(found.upper() - found.lower()) < 1e-12
    assert float(found.mid()) == pytest.approx(1e-6 / (2 * math.pi), rel=1e-4)


@pytest.mark.parametrize(
    ("rho", "anchors"),
    [
        (0.0, (0.318458983684, 0.103837352872, 0.033260458607, 0.010610550218)),
        (0.5, (0.171143091683, 0.055066757952, 0.017588099790, 0.005606181613)),
    ],
)
def test_dense_lambda_of_softplus(rho, anchors):
    """Two unit inputs with inner product rho, depths 1 to 4, against values from quadrature at 12 digits."""
    X = np.array([[1.0, 0.0], [rho, math.sqrt(1 - rho * rho)]])
    for depth, value in enumerate(anchors, start=1):
        found = bound_data.deep_lambda(X, softplus(), depth, None)
        assert abs(float(found.mid()) - value) < 1e-11
        assert float(found.rad()) < 1e-11


def test_dense_lambda_contains_a_recursion_in_balls():
    """The enclosure for three inputs contains the eigenvalue of the recursion done entrywise in balls."""
    X, depth = np.array([[1.0, 0.0], [0.6, 0.8], [-0.28, 0.96]]), 4
    with precision(200):
        rows = [[ball(x) for x in row] for row in X.tolist()]
        norms = [(x * x + y * y).sqrt() for x, y in rows]
        c = 1 / dual_ball(tanh, [[1, 1], [1, 1]], digits=40)
        K = [
            [
                sum((a * b for a, b in zip(p, q, strict=True)), arb(0)) / s / t
                for q, t in zip(rows, norms, strict=True)
            ]
            for p, s in zip(rows, norms, strict=True)
        ]
        for i in range(3):
            K[i][i] = arb(1)

        def dual(rho: Any, orders: tuple[int, int]) -> Any:
            return c * dual_ball(tanh, [[1, rho], [rho, 1]], digits=35, orders=orders)

        for _ in range(depth - 1):
            K = [[arb(1) if i == j else dual(K[i][j], (0, 0)) for j in range(3)] for i in range(3)]
        last = [[K[i][j] * dual(K[i][j], (1, 1)) for j in range(3)] for i in range(3)]
        exact = lambda_min_enclosure(last, bits=200)
        assert bound_data.deep_lambda(X, tanh, depth, None).contains(exact)


def test_deep_network_keeps_its_digits():
    """At depth 60, where the entries of K^(H) agree to 30 digits, lambda_0 is still known to six."""
    X = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    found = bound_data.deep_lambda(X, softplus(), 60, None)
    assert found > 0
    assert float(found.rad()) < 1e-6 * float(found.mid()) < 1e-30


def test_residual_lambda_falls_like_depth_squared():
    """For a ResNet lambda_0 H^2 / c_res^2 stays within a factor of 2 between depths 4 and 64."""
    X = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    scaled = [float(bound_data.deep_lambda(X, softplus(), H, "1/2").mid()) * H * H for H in (4, 64)]
    assert 0.5 < scaled[1] / scaled[0] < 2


def images(n: int, d: int, p: int) -> Any:
    """Random inputs of d channels and p pixels, of norm 1."""
    return sphere(n, d * p).reshape(n, d, p)


def test_convolutional_lambda_contains_the_recursion_in_balls():
    """Both routes, float64 with its error and balls, give enclosures of one number; so does one pixel."""
    X, erf = images(3, 2, 4), bound_data.activation_named("erf")
    fast = bound_data.conv_lambda(X, erf, 3, "1/2", 3)
    rows = conv_last_ball(erf, X, Network(3, "1/2"), 3, digits=30)
    exact = lambda_min_enclosure(rows, bits=150)
    with precision(150):
        assert fast.contains(exact)
    assert 0 < float(fast.rad()) < 1e-11
    dense = bound_data.deep_lambda(np.eye(3), softplus(), 3, "1/2")
    assert bound_data.conv_lambda(np.eye(3)[:, :, None], softplus(), 3, "1/2", 1).overlaps(dense)


def test_convolutional_lambda_of_nearly_equal_inputs():
    """At a distance of 1e-6 lambda_0 is 1.5623e-14: known to nine digits, though below what float64 has."""
    X = np.array([[1.0, 0.0], [1.0, 1e-6]])
    X /= np.linalg.norm(X, axis=1)[:, None]
    found = bound_data.conv_lambda(X[:, None, :], softplus(), 2, "1/2", 3)
    assert found > 0
    assert float(found.rad()) < 1e-9 * float(found.mid()) < 1e-22


def test_convolutional_theorem_from_data(save):
    """lambda_0 is certified from (n, d, p) or (n, p) data; a filter of one pixel is another network."""
    X = images(4, 2, 5)
    answer = as_json(save(X), "--theorem", CONV)
    assert (answer["lambda0_is"], answer["positive"]) == ("certified", True)
    assert (answer["n"], answer["d"], answer["pixels"], answer["filter_size"]) == (4, 2, 5, 3)
    narrow = as_json(save(X), "--theorem", CONV, "--filter-size", 1)
    assert narrow["lambda0"][1] < answer["lambda0"][0]
    shown = verify(save(X), "--theorem", CONV, "--c-res", "3/4", "--depth", 3).stdout
    assert "d = 2, p = 5 pixels, inputs of norm 1" in shown
    assert "H = 3 hidden layers, filters of 3 pixels" in shown
    one = sphere(3, 4)
    same = [as_json(save(Y), "--theorem", CONV) for Y in (one, one[:, None, :])]
    assert same[0] == same[1]


def test_convolutional_data_is_checked(save):
    """Shapes, norms and parallel inputs are refused as for rows; no bound for opposite ones of tanh."""
    refused(verify(save(np.ones(3)), "--theorem", CONV), "shape (n, d, p), n, d, p >= 1, or (n, p)")
    refused(verify(save(np.ones((1, 2, 2))), "--theorem", CONV), "row 0 has norm 2: pass --normalise")
    refused(verify(save(np.ones((2, 2, 2)) / 2), "--theorem", CONV), "rows 0 and 1 are parallel")
    refused(verify(save(images(9, 1, 1000)), "--theorem", CONV), "expected n p <= 8000 pixels")
    done = verify(save(np.array([[1.0], [-1.0]])), "--theorem", CONV, "--activation", "tanh")
    assert done.exit_code == 2
    assert "lambda_0 > 0 is not certified" in done.stdout


# ---- what the theorems ask for


def test_width_of_the_claim(save):
    """thm-3.2 for orthonormal inputs: 4401 (C^2 + 1/2) n^6/(lam^4 delta^3), the constant of the claim."""
    answer = as_json(save(np.eye(2)), "--theorem", FLOW, "--delta", "1/2", "--label-bound", "0.5")
    # lambda_0 = 1/2 is known to 1e-30 only: the next integer may be what is certain.
    assert 0 <= answer["width"] - math.ceil(CONSTANT * 0.75 * 2**6 * 2**4 * 2**3) <= 1
    assert answer["dominant"] == "weights stay close"
    assert answer["step_size"] is None


def test_constants_follow_from_the_radii(save):
    """The explicit constants are at least what R' < R gives, and within 0.1% of it."""
    flow = 4 * 3 * (16 * 3) ** 2 / (2 * math.pi)
    descent = 16 * 3 * (32 * 3) ** 2 / (2 * math.pi)
    joint = 16 * 4 * (32 * 4) ** 2 / (2 * math.pi)
    output = 64 * 4 * 16**2
    p = bound_table.Problem(1, 1, ball(1), ball(1), ball(0), ball("1/2"))
    with precision(128):
        for terms, index, wanted in (
            (bound_table._flow_terms, 0, flow),
            (bound_table._descent_terms, 0, descent),
        ):
            assert 1 <= 2 * float(terms(p)[index].value) / wanted < 1.001
        first, second, _ = bound_table._joint_terms(p)
        assert 1 <= 2 * float(first.value) / joint < 1.001
    m = float(second.value)
    assert 1 <= 2 * m / (output * math.log(4 * m)) < 1.002


def test_descent_iterations(save):
    """thm-4.1: step lam/(4 n^2) and 8 n^2 log(1/eps)/lam^2 iterations."""
    answer = as_json(save(np.eye(2)), "--theorem", DESCENT, "--epsilon", "0.001")
    low, high = answer["step_size"]["value"]
    assert low <= 1 / 32 <= high
    low, high = answer["iterations"]["value"]
    assert low <= 128 * math.log(1000) <= high
    assert high - low < 1e-9


@pytest.mark.parametrize("theorem", [FLOW, JOINT, DESCENT])
def test_given_width_is_compared(save, theorem):
    """One neuron fewer than needed is not enough; the width itself is."""
    data = save(np.eye(2))
    needed = as_json(data, "--theorem", theorem)["width"]
    for width, enough in ((needed - 1, False), (needed, True)):
        assert as_json(data, "--theorem", theorem, "--width", width)["given_width"]["enough"] is enough


@pytest.mark.parametrize("theorem", [DENSE, RESIDUAL, CONV])
def test_hidden_constants_are_named(save, theorem):
    """Theorems of the deep paper give no width, name the constants, and never call a width enough."""
    arguments = (save(np.eye(2)), "--theorem", theorem, "--depth", 3, "--lambda0", "1/10", "--width", 10**9)
    answer = as_json(*arguments)
    assert answer["width"] is None
    assert answer["given_width"]["enough"] is None
    assert answer["unknown_constants"]
    shown = verify(*arguments).stdout
    assert "unknown: c" in shown
    assert "is enough" not in shown
    assert "in [0.1, 0.1], given" in shown


def test_exponents_of_the_deep_theorems():
    """Doubling n, lambda_0 or H changes the first terms by their powers."""

    def first(terms: Any, n: int, lam: str, H: int) -> float:
        return float(terms(bound_table.Problem(n, H, *map(ball, (lam, "1/2", 1, "1/2"))))[0].value)

    for terms, depth_power in (
        (bound_table._dense_terms, 0),
        (bound_table._residual_terms, 6),
        (bound_table._conv_terms, 6),
    ):
        base = first(terms, 3, "1/10", 4)
        # Of n/delta = 6 and 12: Theorem 5.1 needs the logarithm.
        logarithm = 1.0 if depth_power else math.log(12) / math.log(6)
        assert first(terms, 6, "1/10", 4) == pytest.approx(16 * base * logarithm)
        assert first(terms, 3, "1/5", 4) == pytest.approx(base / 16)
        assert first(terms, 3, "1/10", 8) == pytest.approx(base / 2**depth_power)


def test_lambda_not_certified_is_exit_code_2(save):
    """Opposite inputs under the odd tanh have lambda_0 = 0: no bound, said in words, exit code 2."""
    data = save(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    done = verify(data, "--theorem", DENSE, "--activation", "tanh")
    assert done.exit_code == 2
    assert "lambda_0 > 0 is not certified" in done.stdout
    assert "width" not in done.stdout
    assert verify(data, "--theorem", FLOW).exit_code == 0


# ---- reading


def test_formats_agree(save):
    """The same inputs as .npy, .npz, .csv and float32 .npy give the same answer."""
    X = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, 0.0]])
    paths = [save(X), save({"X": X, "other": X}, "a.npz"), save("0,1\n1,0\n\n-1,0\n", "a.csv")]
    paths += [save(X.astype(np.float32), "b.npy"), save(X.astype(np.int64), "c.npy")]
    answers = [as_json(path, "--theorem", FLOW) for path in paths]
    assert all(answer == answers[0] for answer in answers)


def test_labels_bound_the_width(save):
    """C is the largest label in modulus."""
    data, labels = save(np.eye(2)), save(np.array([[0.25], [-3.0]]), "y.npy")
    assert as_json(data, "--labels", labels, "--theorem", FLOW)["label_bound"] == 3.0


def test_normalise_scales_rows(save):
    """With --normalise the answer is that of the unit rows; huge and tiny rows included."""
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    scaled = as_json(save(X * np.array([[1e200], [1e-200]]), "s.npy"), "--theorem", FLOW, "--normalise")
    assert scaled["lambda0"] == as_json(save(X), "--theorem", FLOW)["lambda0"]


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (np.eye(2), "X.txt", "expected inputs as .npy, .npz or .csv"),
        (np.array([[1.0, np.nan]]), "X.npy", "entry (0, 1) is nan"),
        (np.array([["a", "b"]]), "X.npy", "dtype <U1"),
        (np.array([[1 + 1j]]), "X.npy", "dtype complex128"),
        (np.array([1.0, 0.0]), "X.npy", "got shape (2,)"),
        (np.ones((0, 3)), "X.npy", "got shape (0, 3)"),
        (np.array([[1.0, 0.0], [0.0, 0.0]]), "X.npy", "row 1 is zero"),
        (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), "X.npy", "rows 0 and 2 are parallel"),
        (np.array([[1.0, 3.0], [0.0, 1.0], [2.0, 6.0]]), "X.npy", "rows 0 and 2 are parallel"),
        (np.array([[1.0, 0.0], [0.0, 2.0]]), "X.npy", "row 1 has norm 2: pass --normalise"),
        ("1,0\n0\n", "X.csv", "line 2 has 1"),
        ("1,zero\n", "X.csv", "line 1 has ['1', 'zero']"),
        ("", "X.csv", "it is empty"),
        ("not an array", "X.npy", "cannot read"),
        ("not an archive", "X.npz", "cannot read"),
        ({"a": np.eye(2), "b": np.eye(2)}, "X.npz", "found ['a', 'b']"),
    ],
)
def test_bad_data_is_one_line(save, content, name, says):
    """Bad data ends with one clear line on stderr and exit code 3."""
    if name == "X.txt":
        path = save("1 0", name)
    else:
        path = save(content, name)
    refused(verify(path, "--theorem", FLOW), says)


def refused(done: Result, says: str) -> None:
    """One line on stderr, nothing on stdout, exit code 3."""
    assert done.exit_code == 3, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert says in line
    assert "Traceback" not in line


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--theorem", "du2019deep/thm-9.9"), "expected a theorem among"),
        (("--theorem", FLOW, "--delta", "0"), "expected delta in (0, 1) but got '0'"),
        (("--theorem", FLOW, "--delta", "nan"), "expected delta in (0, 1) but got 'nan'"),
        (("--theorem", FLOW, "--delta", "1.5"), "expected delta in (0, 1)"),
        (("--theorem", FLOW, "--epsilon", "x"), "expected epsilon in (0, 1) but got 'x'"),
        (("--theorem", FLOW, "--width", "0"), "expected a width >= 1"),
        (("--theorem", FLOW, "--depth", "3"), "expected no --depth"),
        (("--theorem", FLOW, "--label-bound", "nan"), "finite label bound"),
        (("--theorem", DENSE, "--depth", "0"), "expected a depth >= 1"),
        (("--theorem", DENSE, "--activation", "sofplus"), "expected an activation among"),
        (("--theorem", DENSE, "--activation", "relu"), "expected a smooth analytic activation"),
        (("--theorem", CONV, "--filter-size", "2"), "expected an odd --filter-size >= 1"),
        (("--theorem", CONV, "--filter-size", "-1"), "expected an odd --filter-size >= 1"),
        (("--theorem", CONV, "--depth", "1"), "expected a depth >= 2"),
        (("--theorem", CONV, "--activation", "relu"), "expected a smooth analytic activation"),
        (("--theorem", DENSE, "--filter-size", "3"), "expected no --filter-size"),
        (("--theorem", RESIDUAL, "--depth", "1"), "expected a depth >= 2"),
        (("--theorem", RESIDUAL, "--c-res", "1"), "expected c-res in (0, 1)"),
        (("--theorem", RESIDUAL, "--lambda0", "-1"), "expected lambda0 as a number > 0"),
        (("--theorem", FLOW, "--labels", "/no/such.npy"), "No such file"),
    ],
)
def test_bad_options_are_one_line(save, options, says):
    """Bad options end with one clear line on stderr and exit code 3."""
    refused(verify(save(np.eye(2)), *options), says)


def test_labels_of_wrong_length(save):
    """Labels that do not match the inputs are refused with both numbers."""
    labels = save(np.ones(3), "y.npy")
    refused(
        verify(save(np.eye(2)), "--theorem", FLOW, "--labels", labels), "expected 2 labels but got shape (3,)"
    )


def test_missing_file():
    """A missing file is one line."""
    refused(verify("/no/such/X.npy", "--theorem", FLOW), "cannot read '/no/such/X.npy': No such file")


def test_library_call_raises_spec_error(save):
    """Called as a function, bad input raises SpecError."""
    with pytest.raises(SpecError, match="expected a theorem"):
        bound.report(save(np.eye(2)), "x/y")
