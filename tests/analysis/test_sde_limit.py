"""Stochastic limits of the registry against the equations of their papers, and what has none."""

from dataclasses import replace
from fractions import Fraction

import pytest

from analysis import AnalysisError, modified_equation
from analysis.stochastic.inertial import inertial_limit
from analysis.stochastic.limits import sde_limit
from schemes import Bernoulli, Normal, Uniform, chosen, consistent, formula, get, names, random, symbol
from schemes.laws import StudentT
from schemes.parameters import Parameter
from schemes.perturbations import dropped, multiplied, noised, shaken
from schemes.registry import entry

P, K, SIGMA, ETA, XI = map(symbol, ("p", "k", "sigma", "eta", "xi"))


def declared(law, name, per="sample"):
    return replace(random(law, per), name=name)


def drift(limit):
    return {str(key): x for key, x in limit.drift.items()}


def noise(limit):
    return [(noise.variance, dict(noise.weights), noise.per) for noise in limit.noises]


def dropped_heun(per="sample"):
    """Heun's scheme whose block is dropped in both stages."""

    def rule(f, u):
        slope = ETA * f(u)
        return u + slope / 2 + ETA * f(u + slope) / 2

    return formula("dropped_heun", rule, parameters=(declared(Bernoulli("p"), "eta", per),))


PAPER = {  # Lu et al. 2018, section 3 and (with 1 + k) 3.2; Shake-Shake has Var η = 1/12
    "stochastic_depth": ({"p": "p"}, {"f": P}, [(P - P**2, {"f": 1}, "batch")]),
    "shake_shake": (
        {},
        dict.fromkeys(["f1", "f2"], Fraction(1, 2)),
        [(Fraction(1, 12), {"f1": 1, "f2": -1}, "sample")],
    ),
    "gaussian_noise": ({"sigma": chosen("1/10")}, {"f": 1}, [(1, {"one": SIGMA}, "element")]),
    "lm2_stochastic_depth": ({"p": "p"}, {"f": P / (1 + K)}, [(P - P**2, {"f": 1 / (1 + K)}, "batch")]),
    # g of size √h for f: dX = p f dt + σ g dW, and the step (1 + σ ξ) h, whose forms the catalogue names
    "stochastic_depth_weak2": ({"p": chosen("1/2"), "sigma": chosen("1/2")}, {"f": P}, [(1, {"g": SIGMA}, "sample")]),
    "rk4_random_step": (
        {"sigma": chosen("1/10")}, {"f": 1, "f'f": SIGMA**2 / 2}, [(1, {"f": SIGMA}, "sample")],
    ),
    # expectation-preserving: (1 - p)/p is the variance of η/p
    "drop_path": ({"p": chosen("1/2")}, {"f": 1}, [(P - P**2, {"f": 1 / P}, "sample")]),
    "dropout": ({"p": chosen("1/2")}, {"f": 1}, [(P - P**2, {"f": 1 / P}, "element")]),
    "dropout_channels": ({"p": chosen("1/2")}, {"f": 1}, [(P - P**2, {"f": 1 / P}, "channel")]),
    "multiplicative_noise": ({"sigma": chosen("1/10")}, {"f": 1}, [(1, {"f": SIGMA}, "element")]),
    # 1 with probability p, of a batch, else uniform on [-1, 1], of a sample: Var E[w | η] = p (1-p), E Var = (1-p)/3
    "shake_drop": (
        {"p": chosen("1/2")}, {"f": P}, [(P - P**2, {"f": 1}, "batch"), ((1 - P) / 3, {"f": 1}, "sample")],
    ),
    "lm2_shake_shake": (
        {},
        dict.fromkeys(["f1", "f2"], 1 / (2 + 2 * K)),
        [(Fraction(1, 12), {"f1": 1 / (1 + K), "f2": -1 / (1 + K)}, "sample")],
    ),
    "lm2_gaussian_noise": ({"sigma": chosen("1/10")}, {"f": 1 / (1 + K)}, [(1, {"one": SIGMA / (1 + K)}, "element")]),
    "fractalnet_drop_path": (
        {"columns": 2, "share": 0, "p": "p"},
        {"f1": Fraction(1, 2), "f2": Fraction(1, 2), "f3": Fraction(1, 2)},
        # of the weight of column 2: E w² = (1 - p)²/4 + (1 - p) p + p²/2
        [((1 - P) ** 2 / 4 + (1 - P) * P + P**2 / 2 - Fraction(1, 4), {"f1": 1, "f2": -1, "f3": -1}, "batch")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAPER)
def test_networks_tend_to_the_equations_of_the_paper(name):
    values, f, g = PAPER[name]
    limit = sde_limit(get(name, **values))
    assert drift(limit) == f and noise(limit) == g


def test_numbers_are_those_of_the_symbols():
    for p in (Fraction(1, 2), Fraction(4, 5)):
        limit = sde_limit(get("lm2_stochastic_depth", p=p, k=Fraction(-1, 3)))
        assert drift(limit) == {"f": p * 3 / 2}
        assert limit.covariance == {("f", "f"): p * (1 - p) * Fraction(9, 4)}


def test_a_probability_that_depends_on_the_step_counts_at_its_limit():
    """p = 1/2 + √h/4, with which the weak order is 1, has the equation of p = 1/2."""
    path = sde_limit(get("stochastic_depth", p=Fraction(1, 2) + symbol("root_h") / 4))
    still = sde_limit(get("stochastic_depth", p="1/2"))
    assert (path.drift, path.noises) == (still.drift, still.noises)


def test_the_form_that_preserves_expectations_has_the_noise_of_its_weight():
    """u + η/p f: du = f dt + √((1-p)/p) f dB."""
    scheme = consistent(replace(get("stochastic_depth", p=chosen("1/2")), name="inverted"))
    limit = sde_limit(scheme)
    assert drift(limit) == {"f": 1} and limit.covariance == {("f", "f"): (1 - P) / P}


INTEGRATORS = [
    name for name in names(stochastic=True) if entry(name).make.__module__.endswith(("stochastic", "roessler"))
]


@pytest.mark.parametrize("name", INTEGRATORS)
def test_integrators_solve_the_equation_of_their_form(name):
    """du = E[w] f dt + σ g dB in the sense that the summary says: Itô, as the module has it, unless Stratonovich."""
    limit = sde_limit(get(name))
    stratonovich = "Stratonovich" in entry(name).summary
    assert (limit.stratonovich() if stratonovich else limit.drift) == limit.ode
    assert limit.form == ("Stratonovich" if stratonovich else "Itô")
    if not entry(name).declared.keys() & {"p", "sigma"}:
        assert drift(limit)["f"] == 1 and limit.covariance == {("g", "g"): 1}


def test_there_are_integrators_of_both_forms():
    forms = [sde_limit(get(name)).form for name in INTEGRATORS]
    assert forms.count("Stratonovich") >= 6 and forms.count("Itô") >= 15


@pytest.mark.parametrize(("per", "term"), [("batch", "f'f"), ("channel", "blocks(f')f"), ("element", "diag(f')f")])
def test_stages_that_read_their_own_noise_drift(per, term):
    """E[(η - p)²] f'f/2: the trapezoidal mean of the noise, so Stratonovich; per element the diagonal of f' alone."""
    limit = sde_limit(dropped_heun(per))
    assert drift(limit) == {"f": P, term: P * (1 - P) / 2}
    assert {str(key): x for key, x in limit.stratonovich().items()} == {"f": P} and limit.form == "Stratonovich"
    assert {str(key): x for key, x in limit.ode.items()} == {"f": P}


COMPOSED = {
    "heun2 dropped": (dropped(get("heun2"), "p"), "Stratonovich", {"f": P}),
    "rk4 dropped": (dropped(get("rk4_classic"), "p"), "Stratonovich", {"f": P}),
    "heun2 shaken": (shaken(get("heun2")), "Stratonovich", dict.fromkeys(["f1", "f2"], Fraction(1, 2))),
    "Störmer–Verlet dropped": (dropped(get("stormer_verlet"), "p"), "Stratonovich", {"f": P, "g": P}),
    "ab2 dropped": (dropped(get("ab2"), "p"), "Itô", {"f": P}),  # what it reads of the noise is of the step before
    "ab2 multiplied": (multiplied(get("ab2"), "sigma"), "Itô", {"f": 1}),
    "dropped twice": (dropped(dropped(get("euler"), "p"), "p"), "Itô", {"f": P**2}),
    "revnet noised": (noised(get("revnet")), "Itô = Stratonovich", {"f": 1, "g": 1}),
    "lm2 shaken, noised": (
        noised(shaken(get("lm2", k=Fraction(-1, 2)))), "Itô", {"f1": 1, "f2": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPOSED)
def test_what_a_user_composes_has_its_form(name):
    """A symmetric mean of the noise is Stratonovich, one that is read before it acts is Itô; the mean is the ODE."""
    scheme, form, f = COMPOSED[name]
    limit = sde_limit(scheme)
    natural = limit.stratonovich() if form == "Stratonovich" else limit.drift
    assert limit.form == form and {str(key): x for key, x in natural.items()} == f and natural == limit.ode


def test_additive_noise_has_one_form():
    limit = sde_limit(get("gaussian_noise"))
    assert limit.form == "Itô = Stratonovich" and limit.stratonovich() == limit.drift
    # also where a stage of the constant reads it
    xi = declared(Normal(0, 1), "xi")
    rule = formula("r", lambda f, one, u: u + f(u) + XI * one(u + XI * one(u)), fields=("f", "one"), parameters=(xi,))
    assert drift(sde_limit(rule)) == {"f": 1}


def test_components_have_their_own_equation_and_share_a_draw():
    """Symplectic Euler with one η for both: dx and dy have one Brownian motion, and the correction is across."""

    def rule(f, g, x, y):
        return x + ETA * f(y), y - ETA * g(x)

    scheme = formula(
        "both", rule, fields=("f", "g"), states=("x[n]", "y[n]"), parameters=(declared(Bernoulli("p"), "eta"),)
    )
    limit = sde_limit(scheme)
    assert limit.components == ("x", "y") and noise(limit) == [(P - P**2, {"f": 1, "g": -1}, "sample")]
    assert drift(limit) == {"f": P, "g": -P}
    c = P * (1 - P) / 2
    assert {str(key): x for key, x in limit.correction.items()} == {"f'g": -c, "g'f": -c}


def test_products_and_powers_are_factored_by_their_covariance():
    """ξ per sample times ζ per element: E ξ² Var ζ an element, and Var ξ (E ζ)² a sample."""

    def scheme(mu):
        parameters = (declared(Normal(1, 1), "xi"), declared(Normal(mu, 1), "zeta", "element"))
        return formula(
            "f", lambda f, g, u: u + f(u) + (XI * symbol("zeta") - mu) * g(u), fields=("f", "g"), parameters=parameters
        )

    assert noise(sde_limit(scheme(0))) == [(2, {"g": 1}, "element")]
    assert noise(sde_limit(scheme(3))) == [(9, {"g": 1}, "sample"), (2, {"g": 1}, "element")]
    cubic = formula(
        "cubic",
        lambda f, g, u: u + f(u) + (XI + XI**3) * g(u),
        fields=("f", "g"),
        parameters=(declared(Normal(0, 1), "xi"),),
    )
    assert noise(sde_limit(cubic)) == [(1 + 2 * 3 + 15, {"g": 1}, "sample")]  # E (ξ + ξ³)²


REFUSED = {
    "deterministic": (get("rk4_classic"), "nothing is random"),
    "mean": (get("stochastic_depth", p="1/2").mean(), "nothing is random"),
    "parasite": (get("lm2_stochastic_depth", k=1), "die out"),
    "drop-path": (get("fractalnet_drop_path"), "share = 0"),
    "variance": (replace(get("euler_maruyama").at(xi=random(StudentT(2))), name="heavy"), "infinite"),
    "root": (replace(get("lm2_stochastic_depth"), V=((2, -1), (1, 0)), start=None), "simple eigenvalue"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_limit_is_refused_in_a_sentence(name):
    scheme, said = REFUSED[name]
    with pytest.raises(AnalysisError, match=said) as error:
        sde_limit(scheme)
    assert "\n" not in str(error.value)


def test_a_field_of_another_mean_is_no_noise():
    with pytest.raises(AnalysisError, match="1/2 on average"):
        sde_limit(get("stochastic_depth"), noise=["f"])
    with pytest.raises(AnalysisError, match="no field 'z'"):
        sde_limit(get("stochastic_depth"), noise=["z"])


def test_implicit_and_operator_schemes_are_refused():
    eta = Parameter("eta", "random", Uniform(0, 1), "sample")
    implicit = replace(get("backward_euler"), B=((ETA,),), parameters=(eta,))
    with pytest.raises(AnalysisError, match="implicit"):
        sde_limit(implicit)
    with pytest.raises(AnalysisError, match="die out"):
        sde_limit(dropped(get("leapfrog")))
    operator = replace(get("polynet_poly2"), B=((1, ETA),), parameters=(eta,))
    with pytest.raises(AnalysisError, match="slope"):
        sde_limit(operator)


# ---- second order ---------------------------------------------------------------------------------------------------


def test_the_momentum_that_tends_to_1_damps():
    """u[n+1] = (2 - γh) u[n] - (1 - γh) u[n-1] + h² η f, whose sign is turned in Lu et al. 2018, section 3.2."""
    scheme = get("lm2_stochastic_depth", p=chosen("1/2"))
    limit = inertial_limit(scheme)
    name, value = limit.parameter
    gamma_h = symbol("gamma") * symbol("h")
    assert (name, value) == ("k", gamma_h - 1) and limit.recursion == (2 - gamma_h, gamma_h - 1)
    assert (limit.force, [(n.variance, n.weights) for n in limit.noises]) == ({"f": P}, [(P - P**2, {"f": 1})])
    row = [x(k=value) for x in scheme.V[0]]
    assert tuple(row) == limit.recursion


def test_slopes_that_move_the_state_a_step_later_count_as_much():
    """Heavy ball with u[n+1] = u[n] + γ v[n], v[n+1] = γ v[n] + η f(u[n]): d[n+1] = γ d[n] + γ η f(u[n-1])."""
    beta = symbol("beta")
    late = formula(
        "late",
        lambda f, u, v: (u + beta * v, beta * v + ETA * f(u)),
        states=("u[n]", "v[n]"),
        parameters=(declared(Bernoulli("p"), "eta"), Parameter("beta", "chosen", None, "table")),
    )
    limit = inertial_limit(late)
    assert limit.momentum == beta and limit.force == {"f": P} and limit.weights == {"f": beta * P}
    assert [(n.variance, n.weights) for n in limit.noises] == [(P - P**2, {"f": 1})]


def test_the_mass_is_that_of_the_modified_equation():
    """(1 - k) h/2 u'' + (1 + k) u' = p f with u'' = f'f (p/(1+k))² of leading order."""
    limit = inertial_limit(get("lm2_stochastic_depth", p=chosen("1/2")))
    assert (limit.mass, limit.friction, limit.weights) == ((1 - K) / 2, 1 + K, {"f": P})
    psi = P / limit.friction
    found = modified_equation(get("lm2_stochastic_depth", p=chosen("1/2")), 2)
    assert found[1,] == psi and found[1, 2] == -limit.mass * psi**2 / limit.friction


def test_what_has_no_momentum_is_refused():
    for scheme, said in [
        (get("stochastic_depth"), "two states"),
        (get("lm2_stochastic_depth", k=0), "momentum 0"),
        (get("lm2"), "nothing is random"),
    ]:
        with pytest.raises(AnalysisError, match=said):
            inertial_limit(scheme)
