"""The cell that an error names, over the sentences that the library really says."""

import pytest

from odenets.explorer.refusals import cell, place, refusal
from schemes import SchemeError
from schemes.forms import from_data


def of(table, row, column):
    return {"table": table, "row": row, "column": column}


RK = {"A": [[], ["1/2"]], "b": ["0", "1"]}
GLM = {"A": [["0"]], "U": [["1"]], "B": [["1"]], "V": [["1"]]}
WRONG = [
    ({"runge_kutta": {**RK, "A": [[], ["x/"]]}}, of("A", 2, 1)),
    ({"runge_kutta": {**RK, "A": [[], ["0.3"]]}}, of("A", 2, 1)),
    ({"runge_kutta": {**RK, "A": [[], ["1/0"]]}}, of("A", 2, 1)),
    ({"runge_kutta": {**RK, "A": [[], ["1", "2", "3"]]}}, of("A", 2, None)),
    ({"runge_kutta": {**RK, "b": ["0", "?"]}}, of("b", 1, 2)),
    ({"runge_kutta": {**RK, "c": ["0", "1/3"]}}, of("c", 1, 2)),
    ({"runge_kutta": {**RK, "c": ["0", "_"]}}, of("c", 1, 2)),
    ({"runge_kutta": {**RK, "embedded": ["1", "2?"]}}, of("embedded", 1, 2)),
    ({"runge_kutta": "0 | ; 1/2 | x/ ; | 0 1"}, of("A", 2, 1)),
    ({"runge_kutta": "0 | ; y/ | 1/2 ; | 0 1"}, of("c", 1, 2)),
    ({"multistep": {"alpha": ["-", "1"], "beta": ["1", "0"]}}, of("alpha", 1, 1)),
    ({"multistep": {"alpha": ["-1", "1"], "beta": ["1", "*"]}}, of("beta", 1, 2)),
    ({"general_linear": {**GLM, "U": [["1", "1"]]}}, of("U", 1, None)),
    ({"general_linear": {**GLM, "V": [["i i"]]}}, of("V", 1, 1)),
    ({"general_linear": {**GLM, "B": [["("]]}}, of("B", 1, 1)),
    ({"shu_osher": {"alpha": [["1"], ["1/2", "1/4"]], "beta": [["1"], ["0", "1"]]}}, of("alpha", 2, None)),
    ({"shu_osher": {"alpha": [["1"], ["1/2", "1/2"]], "beta": [["1"], ["0", ","]]}}, of("beta", 2, 2)),
    ({"splitting": {"x": ["1", "/"], "y": ["1", "0"]}}, of("x", 1, 2)),
]


@pytest.mark.parametrize(("data", "found"), WRONG, ids=str)
def test_the_cell_of_a_wrong_table_is_found(data, found):
    with pytest.raises(SchemeError) as error:
        from_data(data, "mine")
    assert cell(str(error.value)) == found, str(error.value)


@pytest.mark.parametrize(
    "sentence", ["lm2 has no parameter 'q'", "u[1] and Y[2] are values", "tab[1]", "A is [1]", "YB[2]", "row 2 is long"]
)
def test_other_sentences_name_no_cell(sentence):
    assert cell(sentence) is None


def test_the_first_that_is_named_is_meant():
    assert cell("c[2] = 1/3 is not the sum of row 2 of A, 1/2") == of("c", 1, 2)
    assert cell("row 3 of A has 2 entries, b[1] is good") == of("A", 3, None)


def test_an_error_with_a_place_tells_it():
    error = SchemeError("formula, line 2, column 5: a bracket is missing")
    assert place(error) is None
    error.line, error.column = 2, 5
    assert place(error) == {"line": 2, "column": 5}
    assert refusal("x", place(error)) == {"error": {"sentence": "x", "cell": None, "at": {"line": 2, "column": 5}}}
