"""Limits against one step of the table in √h scaling: its first two moments to order h, exactly, in three elements."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stochastic.limits import sde_limit
from schemes import Bernoulli, Normal, Uniform, general_linear, step, symbol
from schemes.brownian import PER, factored
from schemes.diffusion import ROOT, diffusive
from schemes.flux import powers
from schemes.parameters import Parameter, expectation

CHANNELS = (0, 0, 1)  # of the three elements
SHARED = {"batch": (0, 0, 0), "sample": (0, 0, 0), "channel": CHANNELS, "element": (0, 1, 2)}
LAWS = [Bernoulli("1/3"), Uniform(-1, 2), Normal(1, 2), Normal(0, 1)]
NORMAL = Normal(0, 1)
small = st.sampled_from([-2, -1, 1, 3]).map(Fraction)


@st.composite
def noisy(draw):
    """A scheme of f, and of g whose weights have mean 0: f's are linear in a, or g's are products with it."""
    fields = draw(st.permutations(["f", "g", *draw(st.lists(st.sampled_from("fg"), max_size=1))]))
    a, b, products = symbol("a"), symbol("b"), draw(st.booleans())
    weights = {
        "f": lambda: draw(small) + (0 if products else draw(small) * a),
        "g": lambda: draw(small) * b + draw(small) * (b * b - 1) + (draw(small) * a * b if products else 0),
    }
    read = {"f": a if not products else b, "g": b if not products else draw(st.sampled_from([a, b, a * b]))}
    A = [
        [draw(small) + draw(small) * read[f] if j < i else 0 for j, f in enumerate(fields)] for i in range(len(fields))
    ]
    laws = {"a": draw(st.sampled_from(LAWS)), "b": Normal(0, 1)}
    parameters = [Parameter(name, "random", law, draw(st.sampled_from(PER))) for name, law in laws.items()]
    U = [[1]] * len(fields)
    return general_linear("noisy", A, U, [[weights[f]() for f in fields]], [[1]], fields=fields, parameters=parameters)


class Elements:
    """Affine fields of three elements, and a table whose random coefficients are drawn for each as they are spread."""

    def __init__(self, scheme, seed):
        rng = np.random.default_rng(seed)
        self.scheme = scheme
        self.slopes = {
            f: np.array([[Fraction(int(x)) for x in row] for row in rng.integers(-4, 5, (3, 3))]) for f in "fg"
        }
        self.offsets = {f: np.array([Fraction(int(x)) for x in rng.integers(-4, 5, 3)]) for f in "fg"}
        self.laws = {}

    def field(self, name):
        return lambda u: self.slopes[name].dot(u) + self.offsets[name]

    def spread(self, p):
        names = [f"{p.name}{place}" for place in SHARED[p.per]]
        self.laws |= {name: p.value for name in names}
        return np.array([symbol(name) for name in names], dtype=object)

    def step(self, noise=None):
        """The increment of each element from 0 in powers of √h."""
        table = diffusive(self.scheme, noise)
        table = table.at(**{p.name: self.spread(p) for p in self.scheme.parameters})
        zero = np.array([Fraction(0)] * 3, dtype=object)
        (found,) = step(table, {f: self.field(f) for f in "fg"}, [zero], symbol(ROOT) ** 2)
        return found

    def moment(self, x):
        """The part of order h of E x."""
        return powers(expectation(x, self.laws), ROOT).get(2, Fraction(0))

    def drift(self, limit):
        total = np.array([Fraction(0)] * 3, dtype=object)
        masks = {"sample": np.ones((3, 3), int), "channel": np.equal.outer(CHANNELS, CHANNELS), "element": np.eye(3)}
        for key, c in limit.drift.items():
            slope, offset = self.slopes[key.outer], self.offsets[key.outer]
            if key.inner is None:
                total = total + c * offset
            else:
                total = total + c * (slope * masks[key.within].astype(int)).dot(self.offsets[key.inner])
        return total

    def covariance(self, limit):
        total = np.array([[Fraction(0)] * 3] * 3, dtype=object)
        for noise in limit.noises:
            brought = sum(x * self.offsets[name] for name, x in noise.weights.items())
            together = np.equal.outer(SHARED[noise.per], SHARED[noise.per]).astype(int)
            total = total + noise.variance * np.outer(brought, brought) * together
        return total


@settings(max_examples=15, deadline=None)
@given(noisy(), st.integers(0, 10**6))
def test_drift_and_covariance_are_the_moments_of_a_step(scheme, seed):
    limit, elements = sde_limit(scheme), Elements(scheme, seed)
    moved = elements.step()
    assert [elements.moment(x) for x in moved] == list(elements.drift(limit))
    assert [[elements.moment(x * y) for y in moved] for x in moved] == elements.covariance(limit).tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.lists(st.integers(-2, 2), min_size=3, max_size=3)), max_size=3))
def test_factors_of_a_covariance_are_it_again_and_as_many_as_its_rank(terms):
    C = {(a, b): sum((Fraction(d * x[a] * x[b]) for d, x in terms), Fraction(0)) for a in range(3) for b in range(3)}
    found = factored(C, [0, 1, 2])
    assert all(D > 0 for D, _ in found)
    again = {pair: sum((D * x.get(pair[0], 0) * x.get(pair[1], 0) for D, x in found), Fraction(0)) for pair in C}
    assert again == C
    rows = [[float(C[a, b]) for b in range(3)] for a in range(3)]
    assert len(found) == np.linalg.matrix_rank(rows)


def test_stages_read_what_other_modes_keep_of_the_noise_before():
    """w holds c √h g of the step before on average, so that (g(u + w) - g(u))/√h drifts by c g'g."""
    c, xi = Fraction(2, 5), symbol("xi")
    scheme = general_linear(
        "remembering",
        A=[[0, 0], [0, 0]],
        U=[[1, 0], [1, 1]],
        B=[[xi - 1, 1], [c, 0]],
        V=[[1, 0], [0, 0]],
        states=("u[n]", "w[n]"),
        fields=("g", "g"),
        parameters=[Parameter(name, "random", NORMAL, "sample") for name in ("xi", "xi0", "xi1")],
    )
    limit = sde_limit(scheme, noise=["g"])
    assert {str(key): x for key, x in limit.drift.items()} == {"g'g": c}
    # two steps from w = 0 with g(u) = 3 - u: the second one moves by h c g' g on average
    table = diffusive(scheme, ["g"])
    states = (Fraction(1), Fraction(0))
    for n in range(2):
        before, states = states, step(table.at(xi=symbol(f"xi{n}")), {"g": lambda u: 3 - u}, states, symbol(ROOT) ** 2)
    moved = expectation(states[0] - before[0], {f"xi{n}": NORMAL for n in range(2)})
    assert powers(moved, ROOT)[2] == -c * 2
