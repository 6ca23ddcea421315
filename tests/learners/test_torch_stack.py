"""A net in a stack is the net that plain PyTorch would have trained, whoever else is in it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from torch_worlds import net, without_levels, world  # noqa: E402

from advisor.learners.base import ParamProblem  # noqa: E402
from advisor.learners.together import StackingTrainer  # noqa: E402
from advisor.learners.torch.design import Described  # noqa: E402
from advisor.learners.torch.params import Setting  # noqa: E402
from advisor.learners.torch.schedule import rates  # noqa: E402
from advisor.learners.torch.tabular import Torch, TorchTrainer  # noqa: E402
from advisor.learners.torch.threads import one_torch_thread  # noqa: E402
from advisor.measurements import Fit  # noqa: E402
from advisor.metrics.table import METRICS  # noqa: E402
from advisor.rows.splits import search_splits  # noqa: E402
from advisor.settings import Candidate, Stopping, Treatment  # noqa: E402
from advisor.types import Dataset, Split, Task  # noqa: E402

METRIC = {Task.BINARY: "log_loss", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}


def trainer(data: Dataset) -> TorchTrainer:
    made = Torch().prepare(data, {}, METRICS[METRIC[data.task]])
    assert isinstance(made, StackingTrainer)
    return made


def many(
    made: TorchTrainer, work: list[tuple[Candidate, Split]], *, curve: bool = False
) -> list[Fit]:
    found = dict(made.fit_many(work, curve=curve, threads=1))
    return [found[i] for i in range(len(work))]


def equal(a: Fit, b: Fit) -> None:
    np.testing.assert_array_equal(a.pred, b.pred)
    assert (a.rounds, a.failure) == (b.rounds, b.failure)


# -- the same as plain PyTorch -----------------------------------------------------------------


def plain_net(params: dict[str, Any], inputs: int, outputs: int) -> Any:
    """As a person would write it."""
    activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "gelu": torch.nn.GELU}
    norms = {"batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}
    parts: list[Any] = []
    for a, b in pairwise([inputs, *params["hidden"]]):
        parts.append(torch.nn.Linear(a, b))
        if params["norm"] != "none":
            parts.append(norms[params["norm"]](b))
        parts.append(activations[params["activation"]]())
    widths = [inputs, *params["hidden"]]
    return torch.nn.Sequential(*parts, torch.nn.Linear(widths[-1], outputs))


def plain_optimizer(params: dict[str, Any], model: Any) -> Any:
    rate, decay = params["learning_rate"], params["weight_decay"]
    if params["optimizer"] == "sgd":
        return torch.optim.SGD(
            model.parameters(), lr=rate, momentum=params["momentum"], weight_decay=decay
        )
    kind = torch.optim.AdamW if params["optimizer"] == "adamw" else torch.optim.Adam
    return kind(model.parameters(), lr=rate, weight_decay=decay)


def plain_fit(data: Dataset, who: Candidate, split: Split) -> Any:
    """The same net, trained by ``torch.optim`` in the usual loop, in the same order of rows."""
    params = dict(who.params)
    outputs = data.n_classes if data.task is Task.MULTICLASS else 1
    train = np.sort(split.train)
    X, y = data.X.to_numpy()[train], data.y[train]
    mean, spread = X.mean(axis=0), X.std(axis=0)
    shift, factor = (y.mean(), y.std()) if data.task is Task.REGRESSION else (0.0, 1.0)
    x = torch.tensor((X - mean) / spread, dtype=torch.float32)
    target = torch.tensor((y - shift) / factor)
    target = target.long() if data.task is Task.MULTICLASS else target.float()
    model = plain_net(params, x.shape[1], outputs)
    plan = Described(data).plan(who)
    first = plan.views(plan.first(split.seed).unsqueeze(0))
    with torch.no_grad():
        for own, name in zip(model.parameters(), first, strict=True):
            own.copy_(first[name][0])
    losses = {
        Task.BINARY: torch.nn.BCEWithLogitsLoss(),
        Task.MULTICLASS: torch.nn.CrossEntropyLoss(label_smoothing=params["label_smoothing"]),
        Task.REGRESSION: torch.nn.MSELoss(),
    }
    optimizer, schedule = plain_optimizer(params, model), None
    steps = -(-len(y) // params["batch_size"])
    steps -= params["norm"] == "batch" and len(y) % params["batch_size"] == 1
    if params["schedule"] == "one_cycle":
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, params["learning_rate"], total_steps=steps * params["epochs"],
            cycle_momentum=False,
        )  # fmt: skip
    if params["schedule"] == "cosine":
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * params["epochs"])
    for epoch in range(params["epochs"]):
        order = np.random.default_rng([split.seed, epoch]).permutation(len(y))
        for start in range(0, len(y), params["batch_size"]):
            rows = order[start : start + params["batch_size"]]
            if params["norm"] == "batch" and len(rows) == 1:
                continue  # plain PyTorch refuses them
            optimizer.zero_grad()
            out = model(x[rows])
            out = out if data.task is Task.MULTICLASS else out[:, 0]
            losses[data.task](out, target[rows]).backward()
            if params["clip_norm"]:
                torch.nn.utils.clip_grad_norm_(model.parameters(), params["clip_norm"])
            optimizer.step()
            if schedule is not None:
                schedule.step()
    model.eval()
    with torch.no_grad():
        valid = (data.X.to_numpy()[split.valid] - mean) / spread
        out = model(torch.tensor(valid, dtype=torch.float32)).double()
    if data.task is Task.MULTICLASS:
        return torch.softmax(out, dim=1).numpy()
    return torch.sigmoid(out[:, 0]).numpy() if data.task is Task.BINARY else (
        out[:, 0].numpy() * factor + shift
    )  # fmt: skip


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"optimizer": "adam", "weight_decay": 0.1, "activation": "tanh"},
        {"optimizer": "sgd", "learning_rate": 0.05, "weight_decay": 0.01},
        # (with Adam a bias before batch norm wanders: its gradient is rounding and nothing else)
        {"norm": "batch", "optimizer": "sgd", "schedule": "one_cycle", "learning_rate": 0.05},
        {"norm": "layer", "activation": "gelu", "schedule": "cosine", "clip_norm": 0.5},
        {"hidden": (), "batch_size": 300},
    ],
    ids=["adamw", "adam", "sgd", "batch norm", "layer norm", "linear"],
)
def test_a_net_of_a_stack_is_the_one_that_plain_pytorch_trains(
    task: Task, params: dict[str, Any]
) -> None:
    data = world(task)
    split = search_splits(data, 4, 0)[0]
    who = net(**params)
    if task is Task.MULTICLASS:
        who = who.with_params(label_smoothing=0.1)
    others = [net(**{**params, "learning_rate": rate}) for rate in (1e-4, 0.02)]
    with one_torch_thread():
        found = many(trainer(data), [(c, split) for c in (others[0], who, others[1])])[1]
        expected = plain_fit(data, who, split)
    np.testing.assert_allclose(found.pred, expected, rtol=2e-4, atol=2e-5)


# -- alone or together -------------------------------------------------------------------------


def crowd() -> list[Candidate]:
    """Everything that may differ within a stack, and something that may not."""
    return [
        net(),
        net(learning_rate=0.1),
        net(dropout=0.3),
        net(dropout=0.6, weight_decay=1.0),
        net(epochs=3),
        net(schedule="one_cycle", learning_rate=0.02),
        net(schedule="cosine", warmup_epochs=2),
        net(clip_norm=0.1),
        net(learning_rate=1e-5, stopping=Stopping(2)),
        net(learning_rate=0.05, epochs=40, stopping=Stopping(3)),
        net(treatment=Treatment(fraction=0.9)),
        net(norm="batch"),
        net(norm="batch", dropout=0.2),
        net(norm="layer"),
        net(optimizer="sgd", learning_rate=1e12),
        net(optimizer="sgd"),
        net(activation="sigmoid"),
    ]


@pytest.mark.parametrize("task", list(Task))
def test_nobody_notices_who_else_is_in_the_stack(task: Task) -> None:
    data = world(task, categories=30)
    splits = search_splits(data, 5, 0)
    work = [(who, split) for who in crowd() for split in splits[:3]]
    together = many(trainer(data), work, curve=True)
    alone = [many(trainer(data), [one], curve=True)[0] for one in work[::4]]
    for one, other in zip(together[::4], alone, strict=True):
        equal(one, other)
        assert one.curve is not None
        assert other.curve is not None
        np.testing.assert_array_equal(one.curve.valid, other.curve.valid)
        np.testing.assert_array_equal(one.curve.train, other.curve.train)
    turned = many(trainer(data), work[::-1])[::-1]
    for one, other in zip(together, turned, strict=True):
        equal(one, other)


def test_a_net_that_diverges_leaves_and_the_others_stay_what_they_are() -> None:
    data = world(Task.REGRESSION)
    split = search_splits(data, 5, 0)[0]
    wild = net(optimizer="sgd", learning_rate=1e12, epochs=30)
    calm = net(optimizer="sgd", learning_rate=0.01, epochs=30)
    diverged, fine = many(trainer(data), [(wild, split), (calm, split)])
    assert diverged.failure == "diverged"
    assert fine.failure is None
    assert fine.rounds == 30
    equal(fine, many(trainer(data), [(calm, split)])[0])


def test_fits_come_out_as_soon_as_they_are_done() -> None:
    data = world(Task.BINARY)
    split = search_splits(data, 5, 0)[0]
    work = [(net(epochs=9), split), (net(epochs=2), split), (net(epochs=5), split)]
    order = [place for place, _ in trainer(data).fit_many(work, curve=False, threads=1)]
    assert order == [1, 2, 0]


def test_every_fit_is_planned_once_and_every_worker_has_something_to_do() -> None:
    data = world(Task.BINARY)
    work = [(who, split) for who in crowd() for split in search_splits(data, 5, 0)]
    for workers in (1, 2, 4):
        planned = trainer(data).batches(work, workers)
        assert sorted(place for batch in planned for place in batch) == list(range(len(work)))
        assert len(planned) >= workers
    same = [
        (net(learning_rate=0.001 * i), s) for i in range(1, 17) for s in search_splits(data, 5, 0)
    ]
    assert len(trainer(data).batches(same, 2)) == 2


def test_a_split_in_two_stacks_or_one_is_the_same_measurement() -> None:
    data = world(Task.MULTICLASS)
    work = [(net(learning_rate=r), s) for r in (1e-3, 1e-2) for s in search_splits(data, 5, 0)]
    whole = many(trainer(data), work)
    halves = [*many(trainer(data), work[:3]), *many(trainer(data), work[3:])]
    for one, other in zip(whole, halves, strict=True):
        equal(one, other)


def test_unseen_and_missing_levels_are_no_surprise() -> None:
    data = world(Task.REGRESSION, categories=40)
    split = search_splits(data, 5, 0)[0]
    X = data.X.copy()
    X.loc[X.index[split.valid[:5]], "place"] = np.nan
    made = trainer(replace(data, X=X))
    found = many(made, [(net(epochs=40, learning_rate=0.01), split)])[0]
    assert np.isfinite(found.pred).all()
    assert Described(data).plan(net()).tables == ((41, 13),)
    y = data.y[split.valid]
    assert np.mean((found.pred - y) ** 2) < 0.5 * np.var(y)


def test_a_category_that_no_training_row_has_a_level_of_says_nothing() -> None:
    data = without_levels(world(Task.REGRESSION, categories=40))
    made = trainer(data)
    split = search_splits(data, 5, 0)[0]
    found = many(made, [(net(), split)])[0]
    assert found.failure is None
    assert Described(data).plan(net()).tables == ()
    assert np.isfinite(made.refit(net(), data.train, 0).predict(data.X)).all()


# -- the rate from step to step ----------------------------------------------------------------


def test_a_schedule_is_kept_and_a_warm_up_comes_before_it() -> None:
    flat = Setting.of(net(learning_rate=0.5, epochs=10).params)
    np.testing.assert_array_equal(rates(flat, 4, 3), [0.5] * 4)
    warm = replace(flat, warmup=2, schedule="cosine")
    all_ = np.concatenate([rates(warm, 4, epoch) for epoch in range(10)])
    assert (np.diff(all_[:9]) > 0).all()
    assert all_[8] == 0.5
    assert (np.diff(all_[8:]) < 0).all()
    assert 0 < all_[-1] < 0.01
    short = replace(flat, warmup=50)
    assert max(rates(short, 4, 9)) < 0.5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_trains_the_same_nets() -> None:
    data = world(Task.BINARY, categories=30)
    split = search_splits(data, 5, 0)[0]
    for who in (net(norm="batch"), net(learning_rate=0.01)):
        found = many(trainer(data), [(who.with_params(device=d), split) for d in ("cpu", "cuda")])
        np.testing.assert_allclose(found[0].pred, found[1].pred, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    ("device", "code"),
    [("cuda", "param_no_cuda"), ("gpu", "param_choice"), ("cpuu", "param_choice")],
)
def test_a_device_that_is_not_there_is_refused(
    device: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParamProblem) as caught:
        Torch().check({"device": device}, Task.BINARY)
    assert caught.value.code == code
    assert caught.value.hint == ("cpu" if device == "cpuu" else None)  # gpu is no slip of cpu
