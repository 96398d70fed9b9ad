"""Run records as JSON and CSV: strict, complete, and no formula for a spreadsheet."""

import csv
import io
import json
import math

from odenets.export import as_csv, as_json, flatten

NOTHING: dict[str, object] = {}


def test_json_export_is_strict_json_with_everything(records):
    id = records.create({"scheme": "lm2"}, {"threads": 2})
    records.finish(id, "done", {"losses": [math.nan, math.inf, -math.inf, 0.5], "best": {"error": math.nan}})

    def refuse(constant):
        raise AssertionError(constant)

    [run] = json.loads(as_json(records.runs()), parse_constant=refuse)
    assert run["summary"] == {"losses": ["NaN", "Infinity", "-Infinity", 0.5], "best": {"error": "NaN"}}
    assert (run["id"], run["config"], run["environment"]) == (id, {"scheme": "lm2"}, {"threads": 2})


def test_csv_export_has_a_column_a_key_and_no_formulas(records):
    a = records.create({"scheme": "lm2", "optimizer": {"lr": -0.5}, "widths": [1, "a"]}, NOTHING, "=HYPERLINK(1)")
    b = records.create({"note": 'says "a, b"', "=1": "\t=1", "k": "-1/2", "at": "@x", "plus": "+1"}, NOTHING)
    records.finish(b, "done", {"error": math.nan, "lr": -1e-3})
    first, second = csv.DictReader(io.StringIO(as_csv(records.runs())))
    assert (first["id"], first["name"], first["config.optimizer.lr"], first["config.widths"]) == (
        a, "'=HYPERLINK(1)", "-0.5", '[1, "a"]',
    )  # fmt: skip
    assert [second[f"config.{key}"] for key in ("note", "=1", "k", "at", "plus")] == [
        'says "a, b"', "'\t=1", "'-1/2", "'@x", "'+1",
    ]  # fmt: skip
    assert (second["summary.error"], second["summary.lr"], second["config.scheme"]) == ("NaN", "-0.001", "")
    assert as_csv([]) == "id,name,created,status\n"


def test_flatten_keeps_leaves_only():
    assert flatten({"a": {"b": {"c": 1}, "d": [2]}, "e": {}}) == {"a.b.c": 1, "a.d": [2]}
