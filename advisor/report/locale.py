"""Every sentence a person reads, by code and language: ``locale/en.yaml``, ``locale/ja.yaml``.

``locale/en.leakage.yaml`` and the like hold what the checks of one subject say.  A file is a tree
of sections; a code is the path to a sentence, joined by dots (``reason.gate.proven``).
Placeholders are named, and a format after the colon says what kind of number stands there:

    {gain:+}      signed; all signed numbers of a sentence get equal decimals
    {delta:~}     a gain without its sign, two digits at least
    {share:%}     a share as per cent
    {s:time}      seconds in words
    {lever:stage} a stage by its name
    {name:metric} a metric by its name; one of scikit-learn's scorers as it is
    {name:raw}    as it is, without separators
    {rows}        a number with up to four significant digits, or text as it is
"""

from __future__ import annotations

import os
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

import yaml

from advisor.languages import FOLDER, LANGUAGES
from advisor.report import numbers

LANGUAGE = "ADVISOR_LANG"  # such as ja or ja_JP.UTF-8
STRICT = "ADVISOR_STRICT"  # set in the tests: a missing sentence or number raises
EPOCHS = "epochs."  # before the code of a sentence: as it is said of nets
# libyaml reads all sentences in .02 s, a reader in pure Python in .3 s, at every start
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def strict_by_environment() -> bool:
    """Whether ADVISOR_STRICT asks for an error where a sentence is missing."""
    return os.environ.get(STRICT, "") not in ("", "0")


def language(asked: str | None = None) -> str:
    """The language asked for, else that of ADVISOR_LANG, else English; one that there is."""
    wanted = asked or os.environ.get(LANGUAGE, "").partition("_")[0].partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """(code, sentence) for every leaf of a tree of sections."""
    for key, value in tree.items():
        code = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flatten(value, f"{code}.")
        else:
            yield code, str(value)


def placeholders(sentence: str) -> set[str]:
    """The names of the placeholders of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@cache
def sentences(lang: str) -> Mapping[str, str]:
    """All sentences of one language by code.

    Raises:
        ValueError: the language has no file.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"languages are {', '.join(LANGUAGES)}, got {lang!r}")
    found: dict[str, str] = {}
    for file in files_of(lang):
        found |= flatten(yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER))
    return found


def files_of(lang: str) -> list[Path]:
    """The files of one language: as many as there are subjects, or a single one."""
    return sorted(f for f in FOLDER.glob("*.yaml") if f.name.partition(".")[0] == lang)


class _Fields(string.Formatter):
    """str.format with this catalog's number formats; see the module."""

    def __init__(self, catalog: Catalog, values: Mapping[str, Any], signed: int) -> None:
        self.catalog = catalog
        self.values = values
        self.signed = signed

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if key in self.values:
            return self.values[str(key)]
        if self.catalog.strict:
            raise KeyError(f"the sentence needs a value for {key!r}")
        return None

    def format_field(self, value: Any, format_spec: str) -> str:
        catalog = self.catalog
        if value is None:
            return catalog.unit("none")
        if isinstance(value, (list, tuple, set, frozenset)):
            return catalog.unit("comma").join(self.format_field(v, format_spec) for v in value)
        if isinstance(value, Mapping):
            pairs = (f"{k} {self.format_field(v, format_spec)}" for k, v in value.items())
            return catalog.unit("comma").join(pairs)
        if format_spec == "stage":
            return catalog.stage(str(value))
        if format_spec == "metric":
            return catalog.metric(str(value))
        if format_spec == "raw":
            return numbers.plain(value)
        if isinstance(value, Real) and not isinstance(value, bool):
            real = float(value)
            if format_spec == "+":
                return numbers.fixed(real, self.signed, sign=True, comma=catalog.unit("thousands"))
            if format_spec == "~":
                places = max(catalog.places or 0, numbers.places_for([real], 2))
                return numbers.fixed(real, places, comma=catalog.unit("thousands"))
            if format_spec == "%":
                return catalog.percent(real)
            if format_spec == "time":
                return catalog.duration(real)
            return catalog.number(real)
        return str(value)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The sentences of one language.

    ``strict`` raises KeyError for a missing sentence or value; otherwise the code and its numbers
    are shown, so that a report is never lost over a sentence.  ``places`` fixes the decimals of
    gains, so that sentences agree with the table beside them.
    """

    lang: str
    sentences: Mapping[str, str]
    strict: bool = False
    places: int | None = None

    def __contains__(self, code: str) -> bool:
        return code in self.sentences

    def say(self, code: str, /, **values: Any) -> str:
        """The sentence of this code with its numbers; values it does not use are ignored."""
        sentence = self.sentences.get(code)
        if sentence is None:
            if self.strict:
                raise KeyError(f"no sentence for {code!r} in {self.lang}")
            shown = self.unit("comma").join(f"{k}={numbers.plain(v)}" for k, v in values.items())
            return f"{code} ({shown})" if shown else code
        places = self.places if self.places is not None else _signed_places(sentence, values)
        return _Fields(self, values, places).vformat(sentence, (), {})

    def in_epochs(self) -> Catalog:
        """The same for a net: what is said of rounds is said of epochs (section ``epochs``)."""
        own = {c.removeprefix(EPOCHS): s for c, s in self.sentences.items() if c.startswith(EPOCHS)}
        return replace(self, sentences={**self.sentences, **own})

    def first(self, *codes: str) -> str | None:
        """The first of these codes that has a sentence."""
        return next((code for code in codes if code in self.sentences), None)

    def number(self, value: float) -> str:
        return numbers.number(value, comma=self.unit("thousands"))

    def percent(self, share: float) -> str:
        return self.unit("percent").format(p=numbers.percent(share))

    def duration(self, seconds: float) -> str:
        names = ("short", "seconds", "minutes", "hours")
        return numbers.duration(seconds, {name: self.unit(name) for name in names})

    def stage(self, name: str) -> str:
        """A stage's (or lever's) name in words; other text as it is."""
        return self.sentences.get(f"stage.{name}.name", name)

    def metric(self, name: str) -> str:
        """A metric's name as people say it; other text as it is."""
        return self.sentences.get(f"metric.{name}", name)

    def unit(self, name: str) -> str:
        return self.sentences[f"unit.{name}"]


def _signed_places(sentence: str, values: Mapping[str, Any]) -> int:
    """Decimals for the signed numbers: three digits of the largest."""
    fields = [name for _, name, spec, _ in string.Formatter().parse(sentence) if spec == "+"]
    real = [abs(float(values[n])) for n in fields if n and isinstance(values.get(n), Real)]
    return numbers.places_for(real, 3)


@cache
def _catalog(lang: str, strict: bool) -> Catalog:
    own = sentences(lang)
    # a sentence that a language lacks is said in English rather than not at all
    return Catalog(lang, own if strict or lang == "en" else {**sentences("en"), **own}, strict)


def catalog(lang: str = "en", *, strict: bool | None = None) -> Catalog:
    """The catalog of a language; strict when ``ADVISOR_STRICT`` is set and nothing else is said."""
    return _catalog(lang, strict_by_environment() if strict is None else strict)
