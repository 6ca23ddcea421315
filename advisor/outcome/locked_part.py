"""The locked test part: opened once, for the two models of a proven gain."""

from __future__ import annotations

import json

import numpy as np

from advisor.inputs import Inputs
from advisor.judge.summaries import on_test
from advisor.learners import Model
from advisor.measurements import Evaluation, Fit
from advisor.metrics.table import at_threshold
from advisor.outcome.folder import Run
from advisor.results import TestResult
from advisor.rows.splits import FINE_BLOCKS, test_split, units
from advisor.search.session import Session
from advisor.settings import Candidate
from advisor.types import Purpose, Split


def refit(inputs: Inputs, session: Session, candidate: Candidate) -> Model:
    """The candidate's model, fitted on all training rows."""
    return session.evaluator.trainer.refit(candidate, inputs.dataset.train, session.seed)


def open_test(
    inputs: Inputs, run: Run, session: Session, current: Candidate, model: Model
) -> TestResult | None:
    """Score the locked rows once; None without them, or when they were opened for other models."""
    if not inputs.dataset.test.size:
        return None
    models = json.dumps([session.person.key, current.key])
    opened = run.opened_test()
    if opened is not None:
        return opened[1] if opened[0] == models else None
    split = test_split(inputs.dataset, session.seed)
    before = _scored(inputs, split, session.person, refit(inputs, session, session.person))
    result = on_test(inputs.metric, before, _scored(inputs, split, current, model))
    run.keep_test(models, result)
    return result


def _scored(inputs: Inputs, split: Split, candidate: Candidate, model: Model) -> Evaluation:
    data = inputs.dataset
    pred = np.asarray(model.predict(data.X.iloc[split.valid]), dtype=np.float32)
    weight = None if data.weight is None else data.weight[split.valid]
    return Evaluation(
        candidate=candidate,
        purpose=Purpose.TEST,
        splits=(split,),
        fits=(Fit(pred, None, 0.0),),
        rows=split.valid,
        values=inputs.metric.rows(
            data.y[split.valid], at_threshold(pred, candidate.threshold), weight
        ),
        folds=np.zeros(len(split.valid), dtype=np.int64),
        units=units(data, split.valid, FINE_BLOCKS),
        ordered=data.time is not None,
    )
