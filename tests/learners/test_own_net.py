"""A person's own net: stacked where it can be, alone where it cannot, the same net either way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

from torch import nn  # noqa: E402
from torch_worlds import SCALED, without_levels, world  # noqa: E402

from advisor.errors import UsageError  # noqa: E402
from advisor.learners import learner_of  # noqa: E402
from advisor.learners.own.net import OwnDesign, OwnNet, OwnNetTrainer  # noqa: E402
from advisor.learners.own.nets import OwnPlan  # noqa: E402
from advisor.learners.torch.threads import one_torch_thread  # noqa: E402
from advisor.measurements import Fit  # noqa: E402
from advisor.metrics.table import METRICS  # noqa: E402
from advisor.own_code import own_object  # noqa: E402
from advisor.recipes.own_net import net_recipe  # noqa: E402
from advisor.rows.splits import search_splits  # noqa: E402
from advisor.settings import Candidate, Stopping  # noqa: E402
from advisor.types import Dataset, Split, StageName, Task  # noqa: E402

METRIC = {Task.BINARY: "log_loss", Task.MULTICLASS: "log_loss", Task.REGRESSION: "rmse"}


class Net(nn.Module):  # type: ignore[misc]
    """Two layers with dropout, once as a module and once as a function."""

    def __init__(self, n_features: int, n_outputs: int, width: int = 16, share: float = 0.2):
        super().__init__()
        self.first = nn.Linear(n_features, width)
        self.drop = nn.Dropout(share)
        self.last = nn.Linear(width, n_outputs)
        self.share = share

    def forward(self, x: Any) -> Any:
        hidden = self.drop(torch.tanh(self.first(x)))
        return self.last(nn.functional.dropout(hidden, self.share / 2, self.training))


class Normed(Net):
    """Remembers its rows."""

    def __init__(self, n_features: int, n_outputs: int, share: float = 0.0):
        super().__init__(n_features, n_outputs, 8, share)
        self.norm = nn.BatchNorm1d(8)

    def forward(self, x: Any) -> Any:
        return self.last(torch.tanh(self.norm(self.first(x))))


class Branches(Net):
    """Looks at its numbers to see what to compute."""

    def forward(self, x: Any) -> Any:
        out = super().forward(x)
        return out * 0.5 if out.abs().max() > 1e3 else out


class Recurrent(nn.Module):  # type: ignore[misc]
    """Reads a row from left to right."""

    def __init__(self, n_features: int, n_outputs: int):
        super().__init__()
        self.cell = nn.LSTM(1, 6, batch_first=True)
        self.last = nn.Linear(6, n_outputs)

    def forward(self, x: Any) -> Any:
        return self.last(self.cell(x.unsqueeze(2))[0][:, -1])


class Noisy(Net):
    """Draws noise of its own."""

    def forward(self, x: Any) -> Any:
        noise = 0.1 * torch.randn_like(x) if self.training else 0
        return super().forward(x + noise)


class Meets(Net):
    """Compares a row with the mean of its batch."""

    def forward(self, x: Any) -> Any:
        return super().forward(x - x.mean(dim=0) if self.training else x)


class Frozen(Net):
    """Random features that are not trained, a scale that is tied to nothing, and a buffer."""

    def __init__(self, n_features: int, n_outputs: int):
        super().__init__(n_features, n_outputs)
        self.first.weight.requires_grad_(False)
        self.idle = nn.Parameter(torch.ones(3))
        self.register_buffer("shift", torch.rand(()))

    def forward(self, x: Any) -> Any:
        return super().forward(x + self.shift)


class Lazy(nn.Module):  # type: ignore[misc]
    """Learns its sizes from the rows, and answers (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(1))

    def forward(self, x: Any) -> Any:
        return self.body(x)[:, 0]


class Looks(Net):
    """Counts its calls and shows its last hidden layer, for a plot: its answers do not change."""

    calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        self.shown = self.first(x)
        return super().forward(x)


class Undefined(Net):
    """Takes the logarithm of numbers that are not all above 0."""

    def forward(self, x: Any) -> Any:
        return super().forward(torch.log(x))


def learner(model: object, **params: Any) -> OwnNet:
    made, _ = learner_of(own_object(model, lambda: model, "0"), {}, params)
    assert isinstance(made, OwnNet)
    return made


def candidate(model: object, stopping: Stopping | None = None, **params: Any) -> Candidate:
    own = learner(model).params_for({}, params)
    small = {"epochs": 5, "batch_size": 64, "learning_rate": 0.01, **params}
    return Candidate(net_recipe({}, own).complete(small), preprocessing=SCALED, stopping=stopping)


def trainer(model: object, data: Dataset) -> OwnNetTrainer:
    return learner(model).prepare(data, {}, METRICS[METRIC[data.task]])


def plan(model: object, data: Dataset, **params: Any) -> OwnPlan:
    return trainer(model, data)._design.plan(candidate(model, **params))


def many(made: OwnNetTrainer, work: list[tuple[Candidate, Split]]) -> list[Fit]:
    found = dict(made.fit_many(work, curve=False, threads=1))
    return [found[place] for place in range(len(work))]


# -- what a net is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Net, None),
        (Frozen, None),
        (Lazy, None),
        (Normed, "remembers"),
        (Branches, "branches"),
        (Recurrent, "no_rule"),
        (Noisy, "draws"),
        (Meets, "mixes_rows"),
        (Looks, None),
        (Undefined, None),  # what comes of real rows is the fit's affair
    ],
)
def test_one_trial_tells_whether_a_net_can_be_stacked(model: Any, why: str | None) -> None:
    data = world(Task.BINARY)
    found = plan(model, data)
    assert found.nature.alone == why
    notices = learner(model).notices(data, candidate(model))
    assert [f.evidence["because"] for f in notices] == ([] if why is None else [why])


class Ends(Net):
    """Does something to its answer."""

    def __init__(self, n_features: int, n_outputs: int, end: str = "softmax"):
        super().__init__(n_features, n_outputs)
        self.end = end

    def forward(self, x: Any) -> Any:
        out = super().forward(x)
        how = {
            "softmax": lambda: out.softmax(-1),
            "sigmoid": lambda: out.sigmoid(),
            "tanh": lambda: torch.tanh(out),
            "relu": lambda: torch.relu(out).squeeze(-1),
            "log_softmax": lambda: out.log_softmax(-1),
            "shifted": lambda: out.softmax(-1) - 0.5,
        }
        return how[self.end]()


@pytest.mark.parametrize(
    ("end", "task", "told"),
    [
        ("softmax", Task.MULTICLASS, "softmax"),
        ("sigmoid", Task.BINARY, "sigmoid"),
        ("tanh", Task.REGRESSION, "tanh"),
        ("relu", Task.BINARY, "relu"),
        ("log_softmax", Task.MULTICLASS, None),
        ("shifted", Task.MULTICLASS, None),
    ],
)
def test_what_bounds_the_answer_of_a_net_is_read_off_its_graph(
    end: str, task: Task, told: str | None
) -> None:
    data = world(task)
    assert plan(Ends, data, end=end).nature.ends == told
    notices = learner(Ends, end=end).notices(data, candidate(Ends, end=end))
    assert [(f.code, f.evidence["ends"]) for f in notices] == ([("P11", told)] if told else [])


def test_a_net_that_cannot_be_stacked_is_a_batch_of_its_own() -> None:
    data = world(Task.BINARY)
    splits = search_splits(data, 4, 0)
    work = [(candidate(Normed, learning_rate=rate), s) for rate in (0.1, 0.01) for s in splits]
    assert trainer(Normed, data).batches(work, 1) == [[place] for place in range(8)]
    work = [(candidate(Net, learning_rate=rate), s) for rate in (0.1, 0.01) for s in splits]
    (whole,) = trainer(Net, data).batches(work, 1)
    assert sorted(whole) == [*range(8)]


# -- alone or together -------------------------------------------------------------------------


@pytest.fixture
def unstacked(monkeypatch: pytest.MonkeyPatch) -> Callable[[OwnNetTrainer], OwnNetTrainer]:
    """A trainer that takes every net for one that cannot be stacked."""

    def made(found: OwnNetTrainer) -> OwnNetTrainer:
        whole = OwnDesign.plan

        def alone(self: OwnDesign, who: Candidate) -> OwnPlan:
            before = whole(self, who)
            return replace(before, nature=replace(before.nature, alone="no_rule"))

        monkeypatch.setattr(OwnDesign, "plan", alone)
        return found

    return made


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("model", [Net, Frozen])
def test_a_net_of_a_stack_is_the_one_that_is_trained_alone(
    task: Task, model: Any, unstacked: Callable[[OwnNetTrainer], OwnNetTrainer]
) -> None:
    data = world(task)
    work = [
        (who, split)
        for split in search_splits(data, 4, 0)[:2]
        for who in (
            candidate(model),
            candidate(model, learning_rate=0.1),
            candidate(model, weight_decay=1.0, schedule="one_cycle"),
            candidate(model, epochs=9, stopping=Stopping(2)),
            candidate(model, learning_rate=0.003, clip_norm=0.1, batch_size=50),
        )
    ]
    together = many(trainer(model, data), work)
    alone = many(unstacked(trainer(model, data)), work)
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.pred, other.pred, rtol=1e-3, atol=1e-4)
        assert (one.rounds, one.failure) == (other.rounds, other.failure)


@pytest.mark.parametrize("model", [Net, Normed, Noisy])
def test_nobody_notices_who_else_is_trained(model: Any) -> None:
    data = world(Task.BINARY)
    splits = search_splits(data, 4, 0)
    work = [(candidate(model, learning_rate=r), s) for r in (0.1, 0.01) for s in splits[:2]]
    together = many(trainer(model, data), work)
    for place in (0, 3):
        alone = many(trainer(model, data), [work[place]])[0]
        np.testing.assert_allclose(together[place].pred, alone.pred, rtol=1e-5, atol=1e-6)


def test_a_net_with_running_statistics_is_the_one_that_plain_pytorch_trains() -> None:
    data = world(Task.BINARY)
    split = search_splits(data, 4, 0)[0]
    who = candidate(Normed, optimizer="sgd", learning_rate=0.1, weight_decay=0.01)
    with one_torch_thread():
        found = many(trainer(Normed, data), [(who, split)])[0]
        expected = plain_fit(data, split, epochs=5, batch=64)
    np.testing.assert_allclose(found.pred, expected, rtol=1e-3, atol=1e-4)


def plain_fit(data: Dataset, split: Split, epochs: int, batch: int) -> Any:
    """``Normed`` in the usual loop, in the same order of rows, from the same weights."""
    rows = np.sort(split.train)
    X, y = data.X.to_numpy(), data.y
    mean, spread = X[rows].mean(axis=0), X[rows].std(axis=0)
    x = torch.tensor((X - mean) / spread, dtype=torch.float32)
    target = torch.tensor(y[rows]).float()
    torch.manual_seed(split.seed)
    net = Normed(8, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    for epoch in range(epochs):
        order = np.random.default_rng([split.seed, epoch]).permutation(len(rows))
        for start in range(0, len(rows), batch):
            own = order[start : start + batch]
            optimizer.zero_grad()
            out = net(x[rows[own]])[:, 0]
            nn.functional.binary_cross_entropy_with_logits(out, target[own]).backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        return torch.sigmoid(net(x[split.valid])[:, 0]).numpy()


def test_a_net_that_is_refused_by_one_candidate_stays_what_it_is_for_others() -> None:
    class Wide(Net):
        def __init__(self, n_features: int, n_outputs: int, heads: int = 2):
            if heads > 2:
                raise ValueError("too many heads")
            super().__init__(n_features, n_outputs)

    data = world(Task.BINARY)
    split = search_splits(data, 4, 0)[0]
    made = trainer_of_local(Wide, data)
    fine = candidate_of(made, {"heads": 2})
    wrong = replace(candidate_of(made, {"heads": 3}), stage=StageName.DEPTH)
    refused, found = many(made, [(wrong, split), (fine, split)])
    assert (refused.failure, found.failure) == ("refused", None)
    assert sorted(made.batches([(wrong, split), (fine, split)], 1)) == [[0], [1]]
    with pytest.raises(UsageError) as caught:
        many(made, [(replace(wrong, stage=None), split)])
    assert caught.value.code == "net_raises"
    assert "too many heads" in str(caught.value.values["reason"])


def trainer_of_local(model: Any, data: Dataset) -> OwnNetTrainer:
    """Of a class that could not be saved, as one from a folder."""
    own = replace(own_object(model, lambda: model, "0"), folder=Path())
    made, _ = learner_of(own, {}, {})
    assert isinstance(made, OwnNet)
    return made.prepare(data, {}, METRICS[METRIC[data.task]])


def candidate_of(made: OwnNetTrainer, params: dict[str, Any]) -> Candidate:
    small = {"epochs": 3, "batch_size": 64, **params}
    return Candidate(net_recipe({}, params).complete(small), preprocessing=SCALED)


# -- for use -----------------------------------------------------------------------------------


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("model", [Net, Normed, Net(8, 1), nn.Linear(8, 1)])
def test_a_fitted_net_predicts_the_same_after_it_was_saved(
    model: Any, task: Task, tmp_path: Path
) -> None:
    data = world(task)
    if task is Task.MULTICLASS and isinstance(model, nn.Module):
        pytest.skip("an object has as many outputs as it has")
    fitted = trainer(model, data).refit(candidate(model), data.train, 3)
    before = fitted.predict(data.X)
    loaded = learner(model).load(fitted.save(tmp_path))
    np.testing.assert_array_equal(loaded.predict(data.X), before)
    assert np.isfinite(before).all()
    state = torch.load(tmp_path / "model.pt", weights_only=True)["state_dict"]
    fresh = model if isinstance(model, nn.Module) else model(8, (before.ndim > 1 and 3) or 1)
    fresh.load_state_dict(state)


def test_an_object_is_left_as_it_was() -> None:
    model = Net(8, 1)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    data = world(Task.BINARY)
    many(trainer(model, data), [(candidate(model), search_splits(data, 4, 0)[0])])
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_many_levels_are_columns_as_there_are_no_embeddings() -> None:
    for levels, width in ((30, 38), (100, 72)):
        data = world(Task.REGRESSION, 600, categories=levels)
        found = plan(Net, data)
        assert (found.inputs, found.tables) == (width, ())
        split = search_splits(data, 4, 0)[0]
        fit = many(trainer(Net, data), [(candidate(Net, epochs=30), split)])[0]
        y = data.y[split.valid]
        assert np.mean((fit.pred - y) ** 2) < 0.8 * np.var(y)


def test_a_category_that_no_training_row_has_a_level_of_is_no_column() -> None:
    data = without_levels(world(Task.REGRESSION, categories=40))
    assert plan(Net, data).inputs == 8
    fitted = trainer(Net, data).refit(candidate(Net), data.train, 0)
    assert np.isfinite(fitted.predict(data.X)).all()


class Squeezed(Net):
    """Leaves a single row no axis at all; what draws its own noise is trained alone."""

    def forward(self, x: Any) -> Any:
        noise = 0.01 * torch.randn_like(x) if self.training else 0.0
        return super().forward(x + noise).squeeze()


def test_a_net_that_squeezes_its_answer_takes_a_single_row() -> None:
    data = world(Task.BINARY)
    one = candidate(Squeezed, batch_size=len(data.train) - 1)  # and the last batch is one row
    fitted = trainer(Squeezed, data).refit(one, data.train, 0)
    said = fitted.predict(data.X)
    np.testing.assert_allclose(fitted.predict(data.X.iloc[:1]), said[:1], rtol=1e-5)


# -- roles -------------------------------------------------------------------------------------


def test_roles_name_what_is_in_the_net_and_torch_knows_the_training() -> None:
    roles = {"regularization": {"share": [0.0, 0.6]}, "depth": {"width": [8, 64, "log"]}}
    made, recipe = learner_of(own_object(Net, lambda: Net, "0"), roles, {})
    names = {stage: [k.name for k in part.knobs] for stage, part in recipe.stages.items()}
    assert names[StageName.LEARNING_RATE] == ["learning_rate"]
    assert set(names[StageName.REGULARIZATION]) == {"share", "weight_decay", "label_smoothing"}
    assert names[StageName.DEPTH] == ["width"]
    rate = recipe.stages[StageName.LEARNING_RATE]
    assert rate.grid_of({**recipe.defaults, "optimizer": "sgd"})[0] > rate.grid[0]
    assert recipe.rounds is not None
    assert (recipe.rounds.name, recipe.rounds.bound_by) == ("epochs", "schedule")
    assert {"width", "share", "epochs", "optimizer"} <= set(recipe.defaults)
    assert not {"hidden", "norm", "dropout", "activation"} & set(recipe.defaults)
    assert made.stopping({"early_stopping": True, "patience": 4}) == Stopping(4)


def test_without_a_role_there_is_no_depth_to_search() -> None:
    _, recipe = learner_of(own_object(Net, lambda: Net, "0"), {}, {})
    depth = recipe.stages[StageName.DEPTH]
    assert (depth.applicable, depth.why_not) == (False, "stage.no_role_depth")
    assert recipe.stages[StageName.REGULARIZATION].applicable


def test_a_role_may_narrow_what_is_known_of_training() -> None:
    roles = {
        "learning_rate": {"learning_rate": [1e-4, 0.1, "log"]},
        "regularization": {"weight_decay": [0.001, 0.5, "log"]},
        "rounds": {"epochs": 150},
    }
    _, recipe = learner_of(own_object(Net, lambda: Net, "0"), roles, {})
    rate = recipe.stages[StageName.LEARNING_RATE]
    assert (rate.grid[0], rate.grid[-1]) == (0.1, 1e-4)
    assert rate.grid_of({**recipe.defaults, "optimizer": "sgd"}) == rate.grid
    decay = recipe.knobs["weight_decay"]
    assert (decay.low, decay.high, decay.frees, decay.zero) == (0.001, 0.5, False, True)
    assert recipe.rounds is not None
    assert (recipe.rounds.most, recipe.rounds.default) == (150, 100)
