"""One script of many modules: order, scopes, and each rule by file and line."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from odenets.errors import OdenetsError
from odenets.explorer.app import STATIC
from odenets.explorer.bundle import EXPORT, IMPORT, bundle, joined

GOOD = {
    "main.js": 'import { add, zero } from "./sums.js";\nimport {\n  Counter,\n  soon,\n} from "./more.js"; // two\n'
    "const total = add(1, 2) + zero;\nnew Counter(total);\nsoon();\n",
    "sums.js": "// sums\nexport const zero = 0;\n\nexport function add(a, b) {\n  return a + b + hidden;\n}\n"
    "const hidden = 0;\n",
    "more.js": 'import { zero } from "./sums.js";\n'
    "export class Counter {\n  constructor(n) { globalThis.found = n + zero; }\n}\n"
    "export async function soon() {\n  await null;\n}\n",
    "unused.js": "export const unused = 1;\n",
}


def test_each_module_is_once_after_what_it_imports_in_a_scope_of_its_own():
    script = joined(GOOD)
    order = re.findall(r"^const \$\$(\w+) =", script, re.M)
    assert order == ["sums", "more", "main"]
    assert "const { add, zero } = $$sums;" in script and "return { zero, add };" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.M)


def test_the_script_runs_as_the_modules_do():
    if not (node := shutil.which("node")):
        pytest.skip("node is not installed")
    command = [node, "-e", joined(GOOD) + "console.log(globalThis.found, typeof add, typeof hidden);"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "3 undefined undefined\n", done.stderr


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('import zero from "./sums.js";', "write it as: import"),
        ('import * as sums from "./sums.js";', "write it as: import"),
        ('import { zero as o } from "./sums.js";', "write it as: import"),
        ('import "./sums.js";', "write it as: import"),
        ('import { zero } from "./../sums.js";', "write it as: import"),
        ('import { zero } from "https://example.org/sums.js";', "write it as: import"),
        ('import { zero } from "./gone.js";', "there is no gone.js"),
        ('import { nothing } from "./sums.js";', "sums.js exports no nothing"),
        ('import { back } from "./round.js";', "main.js → round.js → main.js is a cycle"),
        ("export default 1;", "write it as: export"),
        ("export let x = 1;", "write it as: export"),
        ("export { zero };", "write it as: export"),
        ('export * from "./sums.js";', "write it as: export"),
        ("export const { x } = { x: 1 };", "write it as: export"),
        ('const late = () => import("./sums.js");', "imported by name"),
        ("const here = import.meta.url;", "imported by name"),
        ("await null;", "does not await"),
        ("const x = await fetch('/');", "does not await"),
    ],
)
def test_what_is_outside_of_the_rules_is_refused_by_file_and_line(line, rule):
    sources = {**GOOD, "main.js": f"// first\n\n{line}\n", "round.js": 'import { x } from "./main.js";\n'}
    with pytest.raises(OdenetsError, match=re.escape(rule)) as error:
        joined(sources)
    assert str(error.value).startswith(("main.js, line 3: ", "round.js, line 1: "))


def test_words_in_comments_strings_and_functions_are_no_imports():
    text = '// import { x } from "y"\n  // await\nconst words = ["import", "export", "await"]; // await\n'
    text += "export const run = async () => await 1;\n"
    assert "words" in joined({"main.js": text})


def test_a_script_begins_at_main():
    with pytest.raises(OdenetsError, match=r"there is no main\.js"):
        joined({"other.js": ""})


def test_a_changed_file_is_read_again(tmp_path):
    file = tmp_path / "main.js"
    file.write_text("const a = 1;\n")
    first = bundle(tmp_path)
    assert bundle(tmp_path) is first
    file.write_text("const a = 2;\n")
    os.utime(file, ns=(1, 1))
    assert "const a = 2;" in bundle(tmp_path)


def test_the_page_keeps_to_the_rules_and_is_a_script():
    script = bundle(STATIC / "js")
    assert len(script) < 400_000
    if node := shutil.which("node"):
        done = subprocess.run([node, "--check", "-"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_every_export_is_imported_by_another_module_or_by_a_test():
    modules = {file.name: file.read_text(encoding="utf-8") for file in (STATIC / "js").glob("*.js")}
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.py"))
    awaited = re.findall(r'\{ ([^{}]*) \} = await import\("/js/(.*?)"\)', tests)
    awaited += [(name, file) for file, name in re.findall(r'await import\(["\']/js/(.*?)["\']\)\)\.(\w+)', tests)]
    forms = [*IMPORT.findall("\n".join(modules.values())), *awaited]
    taken = {(file, name.strip()) for names, file in forms for name in names.split(",")}
    given = {(file, name) for file, source in modules.items() for name in EXPORT.findall(source)}
    assert given - taken == set()
