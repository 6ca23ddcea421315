"""A person's own net through the command line, from a folder that knows nothing of this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

import advisor  # noqa: E402
from advisor.errors import UsageError  # noqa: E402
from advisor.results import Status  # noqa: E402

ROOT = Path(__file__).parents[2]
NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_features, n_outputs, width=16, dropout=0.0):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(n_features, width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, n_outputs),
        )

    def forward(self, x):
        return self.body(x)


class Normed(Net):
    def __init__(self, n_features, n_outputs, width=16, dropout=0.0):
        super().__init__(n_features, n_outputs, width, dropout)
        self.norm = nn.BatchNorm1d(n_features)

    def forward(self, x):
        return self.body(self.norm(x))


class Branches(Net):
    def forward(self, x):
        out = self.body(x)
        if out.abs().max() > 1000:
            out = out / 2
        return out[:, 0]


class Fails(Net):
    def forward(self, x):
        return self.body(x[:, 1:])


class Two(Net):
    def forward(self, x):
        return torch.cat([self.body(x), self.body(x)], dim=1)


class Needs(Net):
    def __init__(self, n_features, n_outputs, heads):
        super().__init__(n_features, n_outputs)


class Named(Net):
    def __init__(self, n_features, n_outputs, epochs):
        super().__init__(n_features, n_outputs)


class Detached(Net):
    def forward(self, x):
        return self.body(x).detach()


class Counts(Net):
    steps = 0

    def forward(self, x):
        if self.training:
            self.steps += 1
        return self.body(x) / (1 + self.steps)


class Weightless(nn.Module):
    def forward(self, x):
        return x[:, :1]


def raises(n_features, n_outputs):
    raise RuntimeError("no such layer")


def number(n_features):
    return 3
"""
CONFIG = """\
version: 1
data: {path: data.csv, target: y}
model:
  family: import
  factory: MODULE:FACTORY
  params: {learning_rate: 0.000003, batch_size: 32, epochs: 12}
  roles: {regularization: {dropout: [0.0, 0.6]}, depth: {width: [4, 64, log]}}
search: {minutes: 60, trials: 5}
"""


def project(folder: Path, factory: str, module: str = "net", **changes: str) -> Path:
    """A net, a table and a config; modules that are imported here need a name each."""
    (folder / f"{module}.py").write_text(NET, encoding="utf-8")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = np.where(X[:, 0] + X[:, 1] + rng.normal(0, 0.3, 200) > 0, "good", "bad")
    frame = pd.DataFrame(X, columns=[*"abcd"]).assign(y=y)
    frame.to_csv(folder / "data.csv", index=False)
    text = CONFIG.replace("MODULE", module).replace("FACTORY", factory)
    for old, new in changes.items():
        text = "".join(
            f"  {old}: {new}\n" if line.strip().startswith(f"{old}:") else line
            for line in text.splitlines(keepends=True)
        )
    config = folder / "config.yaml"
    config.write_text(text, encoding="utf-8")
    return config


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "advisor", *words],
        cwd=folder, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("factory", "alone"), [("Net", None), ("Normed", "remembers"), ("Branches", "branches")]
)
def test_a_rate_far_too_low_is_found_in_a_net_of_ones_own(
    factory: str, alone: str | None, tmp_path: Path
) -> None:
    project(tmp_path, factory)
    done = command(tmp_path, "tune", "config.yaml", "--allow-code", "--json")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (report["status"], report["stage"]) == ("improved", "learning_rate")
    assert report["change"]["learning_rate"][1] > 1e-4
    told = [found for found in report["audit"] if found["code"] == "P10"]
    assert [found["evidence"]["because"] for found in told] == ([] if alone is None else [alone])
    run = tmp_path / "runs" / "config-01"
    improved = (run / "improved.yaml").read_text(encoding="utf-8")
    assert f"factory: net:{factory}" in improved
    assert "learning_rate: 0.000003" not in improved
    rows = command(tmp_path, "predict", "config-01", "data.csv", "--allow-code")
    assert rows.returncode == 0, rows.stderr
    said = [line.split(",")[0] for line in rows.stdout.splitlines()[1:]]
    assert np.mean(np.array(said) == pd.read_csv(tmp_path / "data.csv")["y"]) > 0.85


# -- what is wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factory", "changes", "code", "line"),
    [
        ("Fails", {}, "net_fails", 5),
        ("Two", {}, "net_answer_one", 5),
        ("Detached", {}, "net_without_gradient", 5),
        ("Counts", {}, "net_keeps_elsewhere", 5),
        ("Weightless", {"roles": "{}"}, "net_without_weights", 5),
        ("raises", {"roles": "{}"}, "net_raises", 5),
        ("number", {"roles": "{}"}, "net_not_module", 5),
        ("Needs", {"roles": "{}"}, "net_param_missing", 6),
        ("Named", {"roles": "{}"}, "net_name_taken", 6),
        ("Net", {"params": "{widht: 8}"}, "net_param_unknown", 6),
        ("Net", {"params": "{lr: 0.1}"}, "net_param_unknown", 6),
        ("Net", {"params": "{dropout: 2.0}"}, "net_raises", 5),
        ("Net", {"params": "{learning_rate: -1}"}, "param_range", 6),
        ("Net", {"params": "{optimizer: lion}"}, "param_choice", 6),
        ("Net", {"roles": "{depth: {depht: [1, 3]}}"}, "roles_param", 7),
        ("Net", {"roles": "{learning_rate: {width: [1, 3]}}"}, "roles_param", 7),
        ("Net", {"roles": "{rounds: {width: 30}}"}, "roles_param", 7),
    ],
)
def test_what_is_wrong_with_a_net_is_one_clear_error_with_its_place(
    factory: str, changes: dict[str, str], code: str, line: int, tmp_path: Path
) -> None:
    config = project(tmp_path, factory, "own_net_wrong", **changes)
    with pytest.raises(UsageError) as caught:
        advisor.tune(config, allow_code=True, until="audit")
    error = caught.value
    assert error.code == code
    assert error.place is not None
    assert error.place.line == line
    assert not (tmp_path / "runs").exists()


def test_the_nearest_parameter_is_offered(tmp_path: Path) -> None:
    for given, hint in (("{widht: 8}", "width"), ("{lr: 0.1}", "learning_rate")):
        config = project(tmp_path, "Net", "own_net_hint", params=given)
        with pytest.raises(UsageError) as caught:
            advisor.tune(config, allow_code=True, until="audit")
        assert caught.value.hint == hint


def test_an_error_in_forward_is_told_with_its_line_and_without_a_traceback(
    tmp_path: Path,
) -> None:
    project(tmp_path, "Fails")
    done = command(tmp_path, "tune", "config.yaml", "--allow-code")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    fault = NET.splitlines().index("        return self.body(x[:, 1:])") + 1
    assert f"net.py:{fault}" in done.stderr
    assert "config.yaml:5" in done.stderr


def test_a_module_that_needs_torch_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = project(tmp_path, "Net", "own_net_without_torch")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError) as caught:
        advisor.tune(config, allow_code=True, until="audit")
    assert caught.value.code == "module_needs_torch"
    assert caught.value.place is not None
    assert caught.value.place.line == 5


# -- from Python -------------------------------------------------------------------------------


def test_a_class_handed_over_from_python_is_tuned_and_predicts(tmp_path: Path) -> None:
    project(tmp_path, "Net")
    frame = pd.read_csv(tmp_path / "data.csv")
    config = {
        "version": 1,
        "data": {"target": "y"},
        "model": {"params": {"learning_rate": 3e-6, "batch_size": 32, "epochs": 12, "width": 8}},
        "search": {"minutes": 60, "trials": 4},
        "report": {"dir": str(tmp_path / "runs")},
    }
    report = advisor.tune(config, frame, model=Handed)
    assert (report.status, report.stage) == (Status.IMPROVED, "learning_rate")
    said = advisor.predict(Path(report.files["config"]).parent, frame, allow_code=True)
    assert np.mean(said["prediction"] == frame["y"]) > 0.85


class Handed(torch.nn.Sequential):  # type: ignore[misc]
    """A class of the notebook's own."""

    def __init__(self, n_features: int, n_outputs: int, width: int = 4):
        first, last = torch.nn.Linear(n_features, width), torch.nn.Linear(width, n_outputs)
        super().__init__(first, torch.nn.Tanh(), last)
