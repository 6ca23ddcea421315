"""What the package offers: it resolves, it is documented, and it is what was installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import advisor
from advisor.recipe_load import families

NAMES = sorted(m.name for m in pkgutil.walk_packages(advisor.__path__, "advisor."))


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
    module = importlib.import_module(name)
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
    source = Path(__file__).parent.parent / "recipes"
    assert installed == {f.name for f in source.glob("*.yaml")}
    assert {f"{family}.yaml" for family in families()} == installed


def test_every_folder_of_the_package_is_packaged() -> None:
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    packages = {p.parent for p in Path(advisor.__path__[0]).rglob("__init__.py")}
    root = Path(advisor.__path__[0]).parent
    for package in packages:
        dotted = ".".join(package.relative_to(root).parts)
        assert f'"{dotted}"' in text, dotted
