"""What the package offers: it resolves, it is documented, and it is what was installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import inspect
import pkgutil
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import advisor
from advisor.recipes.load import recipe_names

ROOT = Path(__file__).parent.parent
NAMES = sorted(
    m.name
    for m in pkgutil.walk_packages(advisor.__path__, "advisor.")
    if not m.name.endswith("__main__")  # importing it runs it
)
EXTRAS = {"catboost", "torch", "xgboost"}


def public(module: ModuleType) -> list[tuple[str, object]]:
    """Functions and classes that a module defines itself and does not hide."""
    return [
        (name, value)
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    ]


@pytest.mark.parametrize("name", advisor.__all__)
def test_an_exported_name_resolves_and_is_documented(name: str) -> None:
    value = getattr(advisor, name)
    assert name == "__version__" or inspect.getdoc(value)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tuna'"):
        _ = advisor.tuna


def test_the_version_is_the_installed_one() -> None:
    assert advisor.__version__ == importlib.metadata.version("advisor")


def test_the_package_says_that_it_is_typed() -> None:
    assert importlib.resources.files("advisor").joinpath("py.typed").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_a_module_and_all_it_offers_is_documented(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name not in EXTRAS:
            raise
        pytest.skip(f"{missing.name} is an extra and not installed")
    assert module.__doc__, name
    undocumented = []
    for offered, value in public(module):
        doc = inspect.getdoc(value) or ""
        if not doc or doc.startswith(f"{offered}("):  # a dataclass writes its own signature
            undocumented.append(offered)
    assert undocumented == []


def test_the_recipes_are_installed() -> None:
    folder = importlib.resources.files("advisor.recipes_data")
    installed = {f.name for f in folder.iterdir() if f.name.endswith(".yaml")}
    assert installed == {f.name for f in (ROOT / "recipes").glob("*.yaml")}
    assert {f"{name}.yaml" for name in (*recipe_names(), "data")} == installed


def setup() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text)["tool"]["setuptools"])


def test_the_packages_listed_are_the_folders_that_are_there() -> None:
    listed = set(setup()["packages"])
    places = {name: name.replace(".", "/") for name in listed} | setup()["package-dir"]
    assert {name for name in listed if not any((ROOT / places[name]).glob("*.*"))} == set()
    there = {".".join(f.relative_to(ROOT).parts[:-1]) for f in ROOT.glob("advisor/**/__init__.py")}
    assert there <= listed


def test_every_data_file_of_the_package_is_packaged() -> None:
    patterns = setup()["package-data"]
    packed = {
        file
        for package, globs in patterns.items()
        for glob in globs
        for file in (ROOT / package.replace(".", "/")).glob(glob)
    }
    there = {
        f for f in ROOT.glob("advisor/**/*") if f.is_file() and f.suffix not in (".py", ".pyc")
    }
    assert there - packed == set()
