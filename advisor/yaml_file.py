"""YAML with the place of everything in it, and every way it can be wrong as one error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from advisor.errors import Place, UsageError


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A mapping read from YAML, with its text and the place of everything in it."""

    name: str
    text: str
    tree: CommentedMap

    def place(self, *keys: str | int, at_key: bool = False) -> Place:
        """Where the value under ``keys`` stands, else the key of its nearest existing ancestor."""
        node: Any = self.tree
        spot = (0, 0)
        for depth, key in enumerate(keys, 1):
            spots = getattr(getattr(node, "lc", None), "data", None) or {}
            found = next((k for k in spots if str(k) == str(key)), None)
            if found is None:
                break
            node = node[found]
            block = isinstance(node, CommentedMap | CommentedSeq) and not node.fa.flow_style()
            below = spots[found][-2] != spots[found][0] and (block or node is None)
            last = depth == len(keys) and not (at_key or below)
            spot = tuple(spots[found][-2:] if last else spots[found][:2])
        return Place(self.name, spot[0] + 1, spot[1] + 1)


def parse_yaml(name: str, text: str, error: type[UsageError]) -> YamlFile:
    """The mapping in ``text``; everything that can be wrong with YAML is one ``error``."""

    def fail(code: str, mark: Any, **values: object) -> UsageError:
        place = Place(name) if mark is None else Place(name, mark.line + 1, mark.column + 1)
        return error(code, values, place=place)

    try:
        tree = YAML().load(text)
    except DuplicateKeyError as e:
        key = re.match(r'found duplicate key "?(.*?)"? with value', str(e.problem))
        shown = key.group(1) if key else ""
        raise fail("yaml_duplicate_key", e.problem_mark, key=shown) from e
    except MarkedYAMLError as e:
        code = "yaml_tab" if r"character '\t'" in str(e.problem) else "yaml_syntax"
        values = {} if code == "yaml_tab" else {"problem": str(e.problem or e.context)}
        raise fail(code, e.problem_mark or e.context_mark, **values) from e
    except (YAMLError, ValueError, TypeError, RecursionError) as e:
        # a character that may not stand in YAML, a date that is none, a list as a key, too deep
        before = text[: getattr(e, "position", 0)]
        place = Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        problem = str(getattr(e, "reason", None) or e).split("\n")[0]
        raise error("yaml_syntax", {"problem": problem}, place=place) from e
    if tree is None:
        raise error("file_empty", {}, place=Place(name, 1, 1))
    if not isinstance(tree, CommentedMap):
        raise error(
            "file_not_a_mapping",
            {"found": text.strip().split("\n")[0][:40]},
            place=Place(name, 1, 1),
        )
    return YamlFile(name, text, tree)


def plain(value: Any) -> Any:
    """The same value in Python's own types: no ruamel, numpy or enum classes."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, bool | np.bool_ | ScalarBoolean):
        return bool(value)
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def number_in(value: Any) -> str | None:
    """The number that a text holds, as it should have been written."""
    try:
        number = float(value) if isinstance(value, str) else float("nan")
    except ValueError:
        return None
    return value.strip() if number == number else None
