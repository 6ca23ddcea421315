"""What a stack of nets saves: 16 rates x 5 folds together, one by one, and in a plain loop.

    python tests/stack_ratio.py [--epochs 10] [--sets digits,cancer,moons] [--device cuda]

Three ways to the same 80 fits of a net, each in a process of its own, interleaved: as advisor runs
them (``stacked``), every fit alone through the same code (``alone``), and as a person would write
it (``plain``: ``torch.nn.Sequential``, ``torch.optim.AdamW``, a loop over mini-batches, one thread
a fit).
Seconds of the processor are what counts on a machine that does other work; the ratio of whole times
is printed beside it.  Predictions of ``stacked`` and ``alone`` are compared bit by bit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, make_moons

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.executor import ThreadExecutor
from advisor.learners import LEARNERS
from advisor.learners.together import Work, batches, fit_many
from advisor.measurements import Fit
from advisor.metrics.table import METRICS
from advisor.recipes.load import load_recipe
from advisor.rows.splits import search_splits
from advisor.settings import Candidate, Preprocessing
from advisor.types import Dataset, Task

RATES = [float(rate) for rate in np.geomspace(1e-5, 0.3, 16)]
WAYS = ("stacked", "alone", "plain")
NETS: dict[str, dict[str, Any]] = {
    "cancer": {"hidden": (64, 64), "batch_size": 32},
    "digits": {"hidden": (64, 64), "batch_size": 64},
    "moons": {"hidden": (128, 128), "batch_size": 128},
}


def dataset(name: str) -> Dataset:
    """569 x 30 of two classes, 1,797 x 64 of ten, 3,000 x 20 (two of them tell something)."""
    if name == "moons":
        X, y = make_moons(3000, noise=0.2, random_state=0)
        X = np.hstack([X, np.random.default_rng(0).normal(size=(3000, 18))])
    else:
        X, y = {"cancer": load_breast_cancer, "digits": load_digits}[name](return_X_y=True)
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])]).assign(y=y)
    task = Task.MULTICLASS if name == "digits" else Task.BINARY
    return build(frame, Roles("y"), task=task, test=False)


def candidates(name: str, epochs: int, device: str) -> list[Candidate]:
    recipe, own = load_recipe("torch"), {**NETS[name], "epochs": epochs, "device": device}
    return [
        Candidate(recipe.complete({**own, "learning_rate": rate}), preprocessing=SCALED)
        for rate in RATES
    ]


SCALED = Preprocessing(scale="standard")


def by_advisor(data: Dataset, work: list[Work], *, alone: bool) -> list[Fit]:
    """Through the learner, on all cores."""
    trainer = LEARNERS["torch"]().prepare(data, {}, METRICS["log_loss"])
    executor = ThreadExecutor()
    planned = batches(trainer, work, executor.workers)
    if alone:
        planned = [[place] for place in range(len(work))]

    def unit(places: list[int], threads: int) -> Any:
        own = [work[place] for place in places]
        for index, fit in fit_many(trainer, own, curve=False, threads=threads):
            yield places[index], fit

    found = dict(
        result for _, result in executor.run([lambda n, p=part: unit(p, n) for part in planned])
    )
    return [found[place] for place in range(len(work))]


def by_hand(data: Dataset, work: list[Work]) -> None:
    """A person's own loop over the same fits, side by side on all cores."""
    executor = ThreadExecutor()
    list(executor.run([lambda _, w=one: iter([plain(data, *w)]) for one in work]))


def plain(data: Dataset, who: Candidate, split: Any) -> None:
    import torch

    params, X = who.params, data.X.to_numpy()
    mean, spread = X[split.train].mean(axis=0), X[split.train].std(axis=0) + 1e-12
    x = torch.tensor((X - mean) / spread, dtype=torch.float32, device=params["device"])
    many = data.task is Task.MULTICLASS
    y = torch.tensor(data.y, device=params["device"]).to(torch.long if many else torch.float32)
    sizes = [x.shape[1], *params["hidden"]]
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], data.n_classes if many else 1))
    model.to(params["device"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=params["learning_rate"])
    loss = torch.nn.CrossEntropyLoss() if many else torch.nn.BCEWithLogitsLoss()
    for _ in range(params["epochs"]):
        order = torch.tensor(np.random.permutation(split.train), device=x.device)  # noqa: NPY002
        for rows in order.split(params["batch_size"]):
            optimizer.zero_grad()
            out = model(x[rows])
            loss(out if many else out[:, 0], y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        model(x[torch.tensor(split.valid, device=x.device)]).cpu()


def measure(way: str, name: str, epochs: int, device: str) -> dict[str, Any]:
    """One way in this process: seconds, and the memory it took beyond the libraries."""
    import torch

    torch.set_num_threads(1)
    data = dataset(name)
    work = [(c, s) for c in candidates(name, epochs, device) for s in search_splits(data, 5, 0)]
    warm = [(c.with_params(epochs=1), s) for c, s in work[:1]]
    by_advisor(data, warm, alone=True)
    by_hand(data, warm)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    fits = [] if way == "plain" else by_advisor(data, work, alone=way == "alone")
    if way == "plain":
        by_hand(data, work)
    digest = hashlib.sha256(b"".join(fit.pred.tobytes() for fit in fits)).hexdigest()
    found = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "mb": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "digest": digest,
    }
    if device != "cpu":
        found["mb"] = torch.cuda.max_memory_allocated() / 2**20
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(NETS))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--way", choices=WAYS)
    asked = parser.parse_args()
    if asked.way:
        print(json.dumps(measure(asked.way, asked.sets, asked.epochs, asked.device)))  # noqa: T201
        return
    for name in asked.sets.split(","):
        found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(asked.repeats):
            for way in WAYS:
                command = [sys.executable, __file__, "--way", way, "--sets", name]
                command += ["--epochs", str(asked.epochs), "--device", asked.device]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                found[way].append(json.loads(out))
        best = {
            w: {k: min(f[k] for f in fs) for k in ("seconds", "cpu", "mb")}
            for w, fs in found.items()
        }
        equal = found["stacked"][0]["digest"] == found["alone"][0]["digest"]
        print(f"{name} {NETS[name]}, bit for bit equal: {equal}")  # noqa: T201
        for way in WAYS:
            b, own = best[way], best["stacked"]
            print(  # noqa: T201
                f"  {way:8} {b['seconds']:7.1f} s ({b['seconds'] / own['seconds']:4.1f} x) "
                f"cpu {b['cpu']:7.1f} s ({b['cpu'] / own['cpu']:4.1f} x) memory +{b['mb']:.0f} MB"
            )


if __name__ == "__main__":
    main()
