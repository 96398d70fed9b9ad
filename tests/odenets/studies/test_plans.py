"""Studies as files: what they train, in which order, and the sentences for what cannot be read."""

from pathlib import Path

import pytest

from odenets import OdenetsError, Spec
from odenets.recipes import RECIPES
from odenets.studies.plans import Study, read

ROOT = Path(__file__).parents[3]
CELL = '[[cell]]\nname = "a"\nnetwork = "lm2"\ndesign = { layers = [1, 1], widths = [2, 4] }\n'


@pytest.fixture
def written(tmp_path):
    """The study of a text."""

    def read_text(text: str) -> Study:
        (tmp_path / "own.toml").write_text(text)
        return read(tmp_path / "own.toml")

    return read_text


def test_a_cell_is_a_network_with_the_shared_recipe_and_its_own_changes(written):
    study = written(
        'precision = "bf16"\nthreads = 1\n[recipe]\nepochs = 10\nlr = 0.2\n' + CELL + "recipe = { lr = 0.3 }\n"
    )
    (cell,) = study.cells
    assert cell.work.spec == Spec("lm2", layers=(1, 1), widths=(2, 4), channels=1)
    assert (cell.work.recipe.epochs, cell.work.recipe.lr, cell.work.recipe.milestones) == (10, 0.3, (5, 8))
    assert (cell.work.precision, cell.work.threads, cell.work.data) == ("bf16", 1, "digits")
    assert (study.name, cell.title, cell.seeds) == ("own", "a", (0,))


def test_without_a_word_the_recipe_is_that_of_the_data(written):
    assert written(CELL).cells[0].work.recipe == RECIPES["digits"]


def test_every_cell_has_its_first_seed_before_any_has_its_second(written):
    text = "seeds = [3, 5]\n" + CELL + CELL.replace('"a"', '"b"') + "seeds = [7]\n"
    assert [(cell.name, work.seed) for cell, work in written(text).jobs()] == [("a", 3), ("b", 7), ("a", 5)]


def test_held_out_images_are_of_the_job(written):
    study = written(CELL + CELL.replace('"a"', '"b"') + "held_out = 100\n")
    assert [cell.work.held_out for cell in study.cells] == [0, 100]
    assert [cell.work.as_dict().get("held_out") for cell in study.cells] == [None, 100]


def test_only_takes_cells_by_name(written):
    study = written(CELL + CELL.replace('"a"', '"b"'))
    assert [cell.name for cell in study.only(["b"]).cells] == ["b"]
    with pytest.raises(OdenetsError, match="own has no cell 'c': take a, b"):
        study.only(["c"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"own.toml: a study has at least one \[\[cell\]\]"),
        ("cell = 3", "own.toml: cell = 3 of a study must be a list"),
        ("cell = [1]", "own.toml: a cell is a table of names and values, not 1"),
        ("[[cell]]\nname = 3", "own.toml: name = 3 of a cell must be text"),
        ("options = 5\n" + CELL, "options = 5 of a study must be a table"),
        ("options = { inputs = 5 }\n" + CELL, "the measure inputs is a table of names and values, not 5"),
        ("options = { inputs = { imagse = 5 } }\n" + CELL, "the measure inputs has no entry 'imagse': take images"),
        ('options = { inputs = { images = "x" } }\n' + CELL, "images = 'x' of the measure inputs must be a whole"),
        ("options = { inputs = { levels = 0.1 } }\n" + CELL, "levels = 0.1 of the measure inputs must be a list"),
        ("options = { spectra = { images = 0 } }\n" + CELL, "images = 0 must be a whole number of at least 1"),
        ('[[cell]]\nname = "a"\nnetwork = "lm2"\ndesign = { values = { q = 1 } }', "cell a: lm2 has no parameter"),
        ('[[cell]]\nname = "a"\nnetwork = "lm2"\ndesign = { values = 5 }', "cell a: .*int"),
        ("data = 5\n" + CELL, "data = 5 of a study must be text"),
        ("threads = true\n" + CELL, "threads = True of a study must be a whole number"),
        ('[[cell]]\nname = "a"\nnetwork = "lm2"\ndesign = "x"', "design = 'x' of a cell must be a table"),
        (CELL + "recipe = { epochs = 1.5 }", "cell a: epochs = 1.5 of a recipe must be a whole number"),
        (CELL + 'recipe = { milestones = "ab" }', "cell a: milestones = 'ab' of a recipe must be a list"),
        ('[[cell]]\nname = "../a"', "a cell's name is of lower-case letters"),
        ('[[cell]]\nname = "a"', "cell a: network is missing: give a model"),
        ('[[cell]]\nname = "a"\nnetwork = "lm3"', "cell a: .*lm3"),
        ("sede = [1]\n" + CELL, "a study has no entry 'sede': take seeds"),
        (CELL + "recipes = {}", "a cell has no entry 'recipes': take recipe"),
        (CELL + "recipe = { lr = -1 }", "cell a: lr = -1 must be positive"),
        (CELL + "recipe = { rate = 1 }", "cell a: .*rate"),
        (CELL + 'recipe = { decay = "cosin" }', "cell a: decay = 'cosin': take steps, linear, cosine"),
        (CELL + "design = { colour = 1 }", "Cannot overwrite"),
        ('[[cell]]\nname = "a"\nnetwork = "lm2"\ndesign = { colour = 1 }', "cell a: .*colour"),
        (CELL + "seeds = [0, 0]", "cell a: seeds = .* must be different whole numbers"),
        (CELL + "seeds = [-1]", "cell a: seed = -1 must be at least 0"),
        (CELL + 'measures = ["spectre"]', "cell a: no measure is called 'spectre'"),
        (CELL + CELL, "two cells are called a"),
        ("workers = 0\n" + CELL, "workers = 0 must be a whole number of at least 1"),
        ('data = "digit"\n' + CELL, "own.toml: no data set is called 'digit': choose digits"),
        ("seeds = [", "own.toml cannot be read as a study"),
    ],
)
def test_a_wrong_study_is_a_sentence_with_its_file_and_cell(written, text, sentence):
    with pytest.raises(OdenetsError, match=sentence):
        written(text)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(OdenetsError, match=r"none\.toml cannot be read as a study: No such file"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_the_studies_of_the_project_are_read(path, monkeypatch):
    """On the embedded digits in place of the data that are not here; the shapes and names are what is read."""
    text = path.read_text()
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text.replace('"cifar10"', '"digits"'))
    monkeypatch.setattr("odenets.jobs.get_device", lambda name: None)
    study = read(path)
    assert study.question and all(cell.title != cell.name for cell in study.cells)
