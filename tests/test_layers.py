"""Imports point down one list, and stand at the top of their file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "advisor"

# From top to bottom: a module imports only from entries below its own.  A folder is one entry; its
# files import each other without a circle.  CONTRIBUTING.md shows the same list in words.
ROWS = (
    ("__main__", "__init__", "cli", "bench", "api"),
    ("outcome", "report"),
    ("search", "stages"),
    ("inputs", "audit"),
    ("measure", "learners", "executor"),
    ("sketch", "diagnose", "judge"),
    ("data",),
    ("config", "recipes", "own_code", "yaml_file", "spelling"),
    ("rows", "metrics"),
    ("languages", "events", "pictures", "results", "measurements", "settings", "types", "errors"),
)
LAYERS = [name for row in ROWS for name in row]
# where a heavy library, or all of advisor, is loaded only when it is used
LAZY = ("__main__", "__init__", "cli", "learners")


def modules() -> dict[str, Path]:
    """Module name below ``advisor`` -> file; a folder's ``__init__`` bears the folder's name."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = file
    return found


MODULES = modules()


def entry(module: str) -> str:
    return module.partition(".")[0]


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """(module below ``advisor``, line) of every import of our own, wherever it stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}".removeprefix("advisor.")
                if (node.module or "").partition(".")[0] == "advisor":
                    short = (node.module or "").removeprefix("advisor").lstrip(".")
                    yield (whole if whole in MODULES else short or "__init__"), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "advisor":
                    yield alias.name.removeprefix("advisor").lstrip(".") or "__init__", node.lineno


def test_every_module_has_its_place_in_the_list() -> None:
    assert [m for m in MODULES if entry(m) not in LAYERS] == []
    assert len(set(LAYERS)) == len(LAYERS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    here = LAYERS.index(entry(module)) if entry(module) in LAYERS else len(LAYERS)
    if unknown := {entry(o) for o, _ in imports(MODULES[module])} - set(LAYERS):
        pytest.fail(f"not in the list: {unknown}")
    upward = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {other}"
        for other, line in imports(MODULES[module])
        if entry(other) != entry(module) and LAYERS.index(entry(other)) <= here
    ]
    assert upward == []


def test_no_circle_within_a_folder() -> None:
    below = {
        m: {o for o, _ in imports(f) if entry(o) == entry(m) and o != m} for m, f in MODULES.items()
    }
    while leaves := {m for m, others in below.items() if not others}:
        below = {m: others - leaves for m, others in below.items() if m not in leaves}
    assert below == {}


@pytest.mark.parametrize("module", [m for m in MODULES if entry(m) not in LAZY])
def test_no_import_hides_in_a_function(module: str) -> None:
    file = MODULES[module]
    hidden = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_the_picture_in_contributing_is_this_list() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    picture = text.split("```text\n")[1].split("```")[0]
    shown = re.findall(r"^  ([a-z_]+)(?:\.py|/)? ", picture, flags=re.MULTILINE)
    assert shown == LAYERS
