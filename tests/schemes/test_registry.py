"""The registry: near misses, duplicates, broken entries and plug-ins."""

# ruff: noqa: SIM300, B008 - a matrix in capitals is no constant, a parameter is declared as a default

import importlib.metadata
from fractions import Fraction
from threading import Barrier, Thread
from time import sleep
from types import SimpleNamespace

import pytest

from schemes import SchemeError, chosen, entries, formula, get, learned, multistep, names, register, registry, symbol
from schemes.parameters import Parameter


@pytest.fixture
def scratch(monkeypatch):
    """A registry whose additions are forgotten after the test."""
    names()
    monkeypatch.setattr(registry, "ENTRIES", dict(registry.ENTRIES))


def refusal(run) -> str:
    with pytest.raises(SchemeError) as error:
        run()
    return str(error.value)


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("rk4", "rk4_classic, rk4_38"),
        ("lm", "lm2, lm2_consistent, lm2_stochastic_depth"),
        ("Euler", "euler"),
        ("leap_frog", "leapfrog"),
        ("depth", "stochastic_depth, lm2_stochastic_depth"),
        ("qqq", "`schemes.names()` lists all"),
        ("__", "`schemes.names()` lists all"),
        ("crank_nicolson", "near it are trapezoid"),  # by the words of its summary
    ],
)
def test_near_misses_of_names_are_offered(asked, near):
    message = refusal(lambda: get(asked))
    assert message.startswith(f"no scheme is called {asked!r}: ") and near in message


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: get("lm2", K=0), "lm2 has no parameter 'K', it has: k"),
        (lambda: get("euler", k=0), "euler has no parameter 'k', it has: none"),
        (lambda: get("stochastic_depth", q=0), "it has: p, eta"),
        (lambda: get("fractalnet", columns=2.0), "fractalnet: columns = 2.0 must be a whole number"),
        (lambda: get("fractalnet", columns=True), "columns = True must be a whole number"),
        (lambda: get("fractalnet", columns=0), "fractal: columns = 0 must be a whole number, at least 1"),
        (lambda: get("full_history", steps=0), "steps = 0 must be a whole number, at least 1"),
        (lambda: names(colour="red"), "'colour' is no fact of a scheme, the facts are kind, order, stages"),
    ],
)
def test_unknown_parameters_and_facts_are_refused_with_the_known_ones(run, message):
    assert message in refusal(run)


def test_a_duplicate_is_an_error_and_changes_nothing(scratch):
    def euler():
        """Another one."""

    before = registry.ENTRIES["euler"]
    assert refusal(lambda: register(euler)) == "euler is registered already, choose another name"
    assert registry.ENTRIES["euler"] is before


def test_a_new_entry_is_a_view_in_every_list(scratch):
    @register(order=1)
    def relaxed(k=learned("1/4"), scale=chosen(2), steps=1):
        """One relaxed step.

        More text.
        """
        return formula("anything", lambda f, u: u + scale * (1 - k) * f(u), source="here")

    s = get("relaxed")
    assert "relaxed" in names(learned=True, order=1) and [e.summary for e in entries()][-1] == "One relaxed step."
    assert s.name == "relaxed" and s.parameters == (Parameter("k", "learned", Fraction(1, 4), "step"),)
    assert s.B == ((2 - 2 * symbol("k"),),) and get("relaxed", k=0, scale="1/2").B == ((Fraction(1, 2),),)


def test_an_entry_without_docstring_has_an_empty_summary(scratch):
    @register
    def silent():
        return formula("silent", lambda f, u: u + f(u))

    assert registry.entry("silent").summary == "" and get("silent").table == get("euler").table


def test_a_start_scheme_may_have_parameters_of_its_own(scratch):
    first = formula("first", lambda f, u: u + symbol("q") * f(u), parameters=(Parameter("q", "learned", 1, "step"),))

    @register
    def started(k=learned(0)):
        """Two steps."""
        return multistep("started", [-k, k - 1, 1], [0, 1, 0], start=first)

    assert get("started").start == first


@pytest.mark.parametrize("wrong", ["raises", "returns nothing", "has no default"])
def test_a_broken_entry_is_named(scratch, wrong):
    if wrong == "raises":

        @register
        def broken():
            """Broken."""
            raise RuntimeError("out of order")

        assert refusal(lambda: get("broken")) == "broken: its function fails, RuntimeError: out of order"
    elif wrong == "returns nothing":

        @register
        def empty():
            """Empty."""

        assert refusal(lambda: get("empty")) == "empty: its function returns a NoneType, it must return a Scheme"
    else:

        def undeclared(k):
            """Undeclared."""

        assert "undeclared: k has no default, declare it: learned(…)" in refusal(lambda: register(undeclared))
        assert "undeclared" not in registry.ENTRIES


@pytest.fixture
def plugin(monkeypatch, scratch):
    """Makes `load` run again with one entry point, and forgets it after the test."""

    def install(load):
        point = SimpleNamespace(name="mine", value="my_package.schemes", load=load)
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [point] * (group == "odenets.schemes"))
        registry.load.cache_clear()

    yield install
    monkeypatch.undo()
    registry.load.cache_clear()
    registry.load()


def test_a_plug_in_registers_by_entry_point(plugin):
    def load():
        @register
        def from_outside():
            """From another package."""
            return get("euler")

    plugin(load)
    assert "from_outside" in names() and get("from_outside").table == get("euler").table


def test_a_plug_in_that_does_not_load_is_named(plugin):
    def load():
        raise ImportError("no module named thing")

    plugin(load)
    message = refusal(names)
    assert message == "plug-in mine = my_package.schemes does not load, mend or remove it: no module named thing"


def test_a_plug_in_that_takes_a_name_of_the_catalogue_is_named(plugin):
    def load():
        @register
        def euler():
            """Another one."""

    plugin(load)
    assert "plug-in mine" in (message := refusal(names)) and "euler is registered already" in message


def test_threads_that_ask_at_once_read_the_catalogue_once():
    read, together = [], Barrier(8)

    @registry.Once
    def load():
        read.append("begins")
        sleep(0.02)
        read.append("ends")

    def ask():
        together.wait()
        load()

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == ["begins", "ends"]
    assert isinstance(registry.load, registry.Once) and isinstance(registry.catalogue, registry.Once)
