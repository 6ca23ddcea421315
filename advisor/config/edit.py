"""The person's own YAML, edited with comments, order and quotes kept.

The config that is edited is known here only by what it must offer, ``Editable``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from advisor.yaml_file import YamlFile, plain

DIGITS = 6  # significant digits of a number that advisor writes


class Editable(Protocol):
    """What an edited config must offer; ``RunConfig`` does."""

    @property
    def source(self) -> YamlFile | None: ...

    def resolve(self, path: str) -> Path: ...

    def spelled(self, name: str) -> str:
        """The key under which the person wrote the parameter ``name``."""
        ...

    def written(self) -> dict[str, Any]:
        """The config as a plain mapping without defaults."""
        ...


def improved_config(
    config: Editable,
    *,
    params: Mapping[str, Any],
    removed: Collection[str] = (),
    sections: Mapping[str, Mapping[str, Any]] | None = None,
    dest: Path,
) -> str:
    """The person's config with the change in it, as the text of a file at ``dest``.

    Only the changed values are replaced in the text: comments, order, indentation and quotes of
    everything else stay as they are.  Relative paths of the data are rewritten so that they lead
    from the folder of ``dest`` to the same files.

    Args:
        params: new values in ``model.params``; a knob keeps the person's spelling of its name.
        removed: names that go back to the library's default by leaving the file.
        sections: changed keys of the other sections; None removes a key.
    """
    text = _fresh(config.written()) if config.source is None else config.source.text
    for section, changes in (sections or {}).items():
        for key, value in changes.items():
            text = _remove(text, section, key) if value is None else _set(text, value, section, key)
    for name in removed:
        text = _remove(text, "model", "params", config.spelled(name))
    for name, value in params.items():
        text = _set(text, value, "model", "params", config.spelled(name))
    folder = dest.absolute().parent
    for key in ("path", "pool", "test"):
        node = _find(text, "data", key)[2]
        for i in range(len(node.value) if isinstance(node, SequenceNode) else 0):
            text = _moved(text, config, folder, "data", key, i)
        if isinstance(node, ScalarNode) and str(node.tag).endswith(":str"):
            text = _moved(text, config, folder, "data", key)
    return text


def inline(value: Any) -> str:
    """A value as YAML on one line, quoted where it must be; numbers with ``DIGITS`` digits."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inline(k)}: {inline(v)}" for k, v in value.items()) + "}"
    stream = StringIO()
    yaml = YAML()
    yaml.width = 1_000_000
    line = CommentedSeq([_readable(value)])
    line.fa.set_flow_style()
    yaml.dump({"x": line}, stream)
    text = stream.getvalue().removeprefix("x: ").strip()[1:-1]
    return json.dumps(_readable(value), ensure_ascii=False) if "\n" in text else text


def _readable(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, dict):
        return {k: _readable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_readable(v) for v in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _fresh(mapping: Mapping[str, Any]) -> str:
    """A new file: sections as blocks, what is in them on one line each."""
    lines = []
    for key, value in mapping.items():
        block = isinstance(value, dict) and value
        lines.append(f"{key}:" if block else f"{key}: {inline(value)}")
        lines += [f"  {k}: {inline(v)}" for k, v in value.items()] if block else []
    return "\n".join(lines) + "\n"


def _find(text: str, *keys: str | int) -> tuple[Any, Any, Any]:
    """(mapping or list, key, value) nodes under ``keys``; None for what does not exist."""
    parent, name, node = None, None, YAML().compose(text)
    for key in keys:
        parent, name = node, None
        if isinstance(parent, SequenceNode) and isinstance(key, int):
            node = parent.value[key]
        elif isinstance(parent, MappingNode):
            pairs = [(k, v) for k, v in parent.value if k.value == key]
            name, node = pairs[0] if pairs else (None, None)
        else:
            return None, None, None
    return parent, name, node


def _span(text: str, key: Any, value: Any) -> tuple[int, int]:
    """Where a value begins and ends in the text, comments after it left out."""
    if key is not None and value.start_mark.index <= key.end_mark.index:  # *alias: node elsewhere
        found = re.compile(r"\s*:\s*(\*[^\s,\]}]+)").match(text, key.end_mark.index)
        if found:
            return found.span(1)
    if isinstance(value, ScalarNode):
        empty = key is not None and value.start_mark.index == value.end_mark.index
        at = _after_colon(text, key) if empty else None
        return (at, at) if at else (value.start_mark.index, value.end_mark.index)
    if value.flow_style or not value.value:
        return value.start_mark.index, value.end_mark.index
    last = value.value[-1]
    inner = last if isinstance(last, tuple) else (None, last)
    return value.start_mark.index, _span(text, *inner)[1]


def _after_colon(text: str, key: Any) -> int:
    """Where the value of a key may begin; the key's end in a flow mapping like {a, b: 1}."""
    colon = re.compile(r"\s*:").match(text, key.end_mark.index)
    return colon.end() if colon else int(key.end_mark.index)


def _line_after(text: str, index: int) -> int:
    """Where the line after the one that ends or goes on at ``index`` begins."""
    if index and text[index - 1] == "\n":  # a block of text ends after its line break
        return index
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _set(text: str, value: Any, *keys: str) -> str:
    """``text`` with the value under ``keys`` replaced or added."""
    parent, key, node = _find(text, *keys)
    if node is not None:
        start, end = _span(text, key, node)
        end -= text[end - 1] == "\n"  # a block of text ends after its line break
        colon = _after_colon(text, key)
        if colon == key.end_mark.index:
            return f"{text[:colon]}: {inline(value)}{text[colon:]}"
        gap = text[colon:start]
        same_line = gap and "\n" not in gap
        new = text[:colon] + (gap if same_line else " ") + inline(value)
        room = re.compile(r" +(?=#)").match(text, end)  # a comment beside it stays in its column
        pad = max(1, room.end() - len(new)) if room and same_line else 0
        return new + " " * pad + text[room.end() if pad and room else end :]
    if not isinstance(parent, MappingNode):
        section = _find(text, *keys[:-1])
        if section[2] is None or section[1] is None:
            return _set(text, {keys[-1]: value}, *keys[:-1])
        # `params:` with nothing in it but comments: the first key goes right below
        at, column = _line_after(text, section[1].end_mark.index), section[1].start_mark.column + 2
        if section[0].flow_style:
            return _set(text, {keys[-1]: value}, *keys[:-1])
    elif parent.flow_style or not parent.value:
        if not parent.value:
            at = parent.start_mark.index + 1
            return f"{text[:at]}{keys[-1]}: {inline(value)}{text[at:]}"
        at = _span(text, *parent.value[-1])[1]
        return f"{text[:at]}, {keys[-1]}: {inline(value)}{text[at:]}"
    else:
        at = _line_after(text, _span(text, *parent.value[-1])[1])
        column = parent.value[0][0].start_mark.column
    line = "\r\n" if "\r\n" in text else "\n"
    before = text[:at] if text[:at].endswith("\n") else text[:at] + line
    return f"{before}{' ' * column}{keys[-1]}: {inline(value)}{line}{text[at:]}"


def _remove(text: str, *keys: str) -> str:
    """``text`` without the key; with its line, in a block."""
    parent, key, node = _find(text, *keys)
    if node is None:
        return text
    start, end = key.start_mark.index, _span(text, key, node)[1]
    if not parent.flow_style:
        line = text.rfind("\n", 0, start) + 1
        return text[:line] + text[_line_after(text, end) :]
    comma = re.compile(r"\s*,\s*").match(text, end)
    if comma and (key is not parent.value[-1][0] or len(parent.value) == 1):
        rest = text[comma.end() :]
        return text[:start] + (" " if rest.startswith("#") else "") + rest
    return re.sub(r"\s*,?\s*$", "", text[:start]) + text[end:]


def _moved(text: str, config: Editable, folder: Path, *keys: str | int) -> str:
    """``text`` with the relative path under ``keys`` rewritten so that it starts at ``folder``."""
    _, key, node = _find(text, *keys)
    path = str(node.value)
    if Path(path).is_absolute() or re.match(r"~|\w+://", path):
        return text
    target = config.resolve(path).absolute()
    try:
        there = Path(os.path.relpath(target, folder)).as_posix()
    except ValueError:  # another drive
        there = str(target)
    start, end = _span(text, key, node)
    quoted = text[start] in "'\"" and "'" not in there and '"' not in there and "\\" not in there
    shown = text[start] + there + text[start] if quoted else inline(there)
    return text[:start] + shown + text[end:]
