"""The configs a run leaves behind: the person's own file with another model in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from advisor.config.edit import improved_config
from advisor.inputs import Inputs
from advisor.judge.candidates import PREPROCESSING, TREATMENT, difference
from advisor.outcome.folder import Run
from advisor.recipes.own import FAMILY as OWN
from advisor.search.escalation import Other
from advisor.search.session import Session
from advisor.settings import Candidate

IMPROVED, CHEAPER, ESCALATED = "improved.yaml", "cheaper.yaml", "escalated.yaml"


def write_config(inputs: Inputs, run: Run, session: Session, current: Candidate, name: str) -> str:
    """The person's own file, changed where the model is another one; its path."""
    config = inputs.config
    change = difference(inputs.recipe, session.person, current)
    after = {**inputs.settled, **{name: value for name, (_, value) in change.items()}}
    data: dict[str, Any] = {}
    if after.get("pool") == 1:  # all of it: from now on these are training rows like the others
        del after["pool"]
        parts = [config.data.path, config.data.pool]
        paths = [p for part in parts for p in ([part] if isinstance(part, str) else part or [])]
        data = {"path": paths, "pool": None}
    training = {name: after.pop(name) for name in TREATMENT if name in after}
    model = {name: after.pop(name) for name in ("threshold",) if name in after}
    if inputs.recipe.family == OWN and config.source is not None:
        # the module is looked for beside the config, and this one lies elsewhere
        model["code"] = Path(os.path.relpath(config.code_folder, run.folder.absolute())).as_posix()
    inputs_now = {name: after.pop(name) for name in PREPROCESSING if name in after}
    dest = run.file(name)
    gone = inputs.learner.stopping_names(config.model.params)
    text = improved_config(
        config,
        params=after,
        removed=gone,
        sections={
            "data": data,
            "training": training,
            "preprocessing": inputs_now,
            "model": model,
        },
        dest=dest,
    )
    return str(run.write(name, text))


def write_escalated(inputs: Inputs, run: Run, session: Session, other: Other) -> str:
    """The person's own file with another family's model in the place of theirs; its path."""
    person, candidate = session.person, other.candidate
    training = {
        name: value
        for name in TREATMENT
        if (value := getattr(candidate.treatment, name)) != getattr(person.treatment, name)
    }
    features = {
        name: value
        for name in PREPROCESSING
        if (value := getattr(candidate.preprocessing, name)) != getattr(person.preprocessing, name)
    }
    model = {"family": other.found.family, "params": dict(other.found.params)}
    text = improved_config(
        inputs.config,
        params={},
        sections={
            "training": training,
            "preprocessing": features,
            "model": {**model, "factory": None, "code": None, "roles": None},
        },
        dest=run.file(ESCALATED),
    )
    return str(run.write(ESCALATED, text))
