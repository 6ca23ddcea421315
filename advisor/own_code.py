"""A person's own code: a factory in a module of theirs, or a model handed over from Python.

Importing a module runs it, so nothing here happens without the person's word (``allow_code``).
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from advisor.errors import ConfigError, Place, UsageError

Make = Callable[[], Any]
INPUTS, OUTPUTS = "n_features", "n_outputs"
"""Parameters of a class or function that makes a net; their values are handed over."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnModel:
    """What a person brought.

    Attributes:
        make: a new model, not fitted.
        source: ``my_model:make_pipeline``, or the class of an object that was handed over.
        digest: hex; another one where the code is another one.
        folder: where the module was found; None for an object.
        call: what makes it, with the parameters it takes; None for a model that is there already.
    """

    make: Make
    source: str
    digest: str
    folder: Path | None = None
    call: Callable[..., Any] | None = None


def own_factory(spelled: str, folder: Path, place: Place | None, *, allow_code: bool) -> OwnModel:
    """The factory ``module:function``; the module is looked for in ``folder`` first.

    Args:
        spelled: as in ``model.factory``; dots lead into packages.
        folder: of the config file.
        place: of the key, for errors.
        allow_code: whether the person has said that their code may run.

    Raises:
        ConfigError: it is spelled wrongly, may not run, is not there, or raises.
    """
    module_name, colon, name = spelled.partition(":")
    parts = [*module_name.split("."), name]
    if not colon or not all(part.isidentifier() for part in parts):
        raise ConfigError("factory_spelling", {"found": spelled}, place=place)
    if not allow_code:
        values: dict[str, object] = {"found": spelled, "module": module_name}
        raise ConfigError("code_not_allowed", values, place=place)
    module = _module(module_name, folder, place)
    offered = [
        name
        for name, value in vars(module).items()
        if callable(value) and name[0] != "_" and getattr(value, "__module__", "") == module_name
    ]
    if not hasattr(module, name):
        near = difflib.get_close_matches(name, offered, n=1)
        values = {"module": module_name, "found": name, "allowed": offered}
        hint = f"{module_name}:{near[0]}" if near else None
        raise ConfigError("factory_missing", values, place=place, hint=hint)
    make = getattr(module, name)
    if not callable(make):
        values = {"found": spelled, "kind": type(make).__name__}
        raise ConfigError("factory_not_callable", values, place=place)
    file = Path(module.__file__ or "")
    source = file.read_bytes() if file.is_file() else spelled.encode()
    digest = hashlib.sha256(spelled.encode() + b"\0" + source).hexdigest()
    return OwnModel(_safe(make, spelled, place), spelled, digest, folder, make)


def sizes_asked(own: OwnModel) -> bool:
    """Whether what makes the model asks for sizes, as only a net does."""
    if own.call is None:
        return False
    try:
        return bool({INPUTS, OUTPUTS} & {*inspect.signature(own.call).parameters})
    except ValueError:  # a class without a signature of its own
        return False


def own_object(model: object, make: Make, digest: str) -> OwnModel:
    """A model handed over from Python: it is there already, so there is nothing to allow."""
    call = model if inspect.isclass(model) or inspect.isfunction(model) else None
    return OwnModel(make, name_of(model), digest, call=call)


def name_of(model: object) -> str:
    """Of a class or function itself, of any other object its class."""
    named = inspect.isclass(model) or inspect.isfunction(model)
    return str(getattr(model if named else type(model), "__qualname__", ""))


def reachable(folder: Path) -> None:
    """Let modules of ``folder`` be imported, before all others of the same name."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _module(name: str, folder: Path, place: Place | None) -> ModuleType:
    reachable(folder)
    importlib.invalidate_caches()
    values: dict[str, object] = {"module": name, "folder": str(folder)}
    known = sys.modules.get(name.partition(".")[0])
    own = folder / f"{name.partition('.')[0]}.py"
    if known is not None and own.is_file() and Path(known.__file__ or "") != own:
        if (known.__file__ or "").endswith(own.name):
            del sys.modules[name.partition(".")[0]]  # a namesake of another config's folder
        else:
            raise ConfigError("module_name_taken", values, place=place)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            near = [p.stem for p in folder.glob("*.py")]
            close = difflib.get_close_matches(name, near, n=1)
            hint = close[0] if close else None
            raise ConfigError("module_missing", values, place=place, hint=hint) from None
        if missing == "torch":
            values["command"] = 'pip install "advisor[torch]"'
            raise ConfigError("module_needs_torch", values, place=place) from None
        raise raised("module_raises", {**values, "found": name}, error, place) from error
    except Exception as error:
        raise raised("module_raises", {**values, "found": name}, error, place) from error


def _safe(make: Callable[..., Any], spelled: str, place: Place | None) -> Make:
    """The factory with its own mistakes told as what they are."""

    def made() -> Any:
        try:
            return make()
        except Exception as error:
            raise raised("factory_raises", {"found": spelled}, error, place) from error

    return made


def raised(
    code: str, values: Mapping[str, object], error: Exception, place: Place | None = None
) -> UsageError:
    """What the person's code raised, and where in it if that is known."""
    trace = error.__traceback__
    at = ""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        ours = Path(__file__).parent in file.parents
        library = "importlib" in str(file) or "site-packages" in file.parts
        if not ours and not library:
            at = f"{file.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    reason = f"{type(error).__name__}: {error}".split("\n")[0]
    reason = f"{reason} ({at})" if at else reason
    return ConfigError(code, {**values, "reason": reason}, place=place)
