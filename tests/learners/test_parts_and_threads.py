"""What fits share: prepared splits, and the threads of the process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_info

from advisor.data.dataset import build
from advisor.data.roles import Roles
from advisor.learners.features import Features, dense_features
from advisor.learners.parts import Parts
from advisor.learners.threads import one_blas_thread, openmp_threads
from advisor.rows.splits import search_splits
from advisor.settings import Preprocessing, Treatment
from advisor.types import Dataset, Task

PLAIN = Preprocessing()


def dataset() -> Dataset:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    return build(frame.assign(y=np.arange(60) % 2), Roles("y"), task=Task.BINARY, test=False)


def test_a_part_is_made_once_even_by_several_threads() -> None:
    data, made = dataset(), []

    def learn(X: pd.DataFrame, how: Preprocessing) -> Features:
        made.append(len(X))
        return dense_features(X, data.columns, how)

    parts = Parts(data, learn)
    split = search_splits(data, 3, 0)[0]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: parts.of(split, Treatment(), PLAIN), range(16)))
    assert made == [40]
    assert all(part is got[0] for part in got)
    parts.of(split, Treatment(fraction=0.5), PLAIN)
    parts.of(split, Treatment(), Preprocessing(scale="standard"))
    assert made == [40, 20, 40]


def test_the_oldest_parts_go_when_there_is_no_room() -> None:
    data, made = dataset(), []

    def learn(X: pd.DataFrame, how: Preprocessing) -> Features:
        made.append(how)
        return dense_features(X, data.columns, how)

    splits = search_splits(data, 3, 0)
    one = Parts(data, learn).of(splits[0], Treatment(), PLAIN).nbytes
    parts = Parts(data, learn, room=2 * one)
    made.clear()
    for split in (*splits, splits[2], splits[0]):
        parts.of(split, Treatment(), PLAIN)
    assert len(made) == 4


def blas_threads() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_the_blas_limit_holds_while_any_fit_runs_and_is_put_back_after_the_last() -> None:
    before, seen = blas_threads(), []
    both_in, one_out = threading.Barrier(2), threading.Event()

    def first() -> None:
        with one_blas_thread():
            both_in.wait(10)
        one_out.set()

    def second() -> None:
        with one_blas_thread():
            both_in.wait(10)
            assert one_out.wait(10)
            seen.append(blas_threads())

    for _ in range(3):  # also from threads that are new every time
        one_out.clear()
        threads = [threading.Thread(target=target) for target in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert seen == [{1}] * 3
    assert blas_threads() == before


def test_openmp_is_limited_for_the_thread_that_asks() -> None:
    def threads() -> set[int]:
        return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "openmp"}

    before = threads()
    with openmp_threads(1):
        assert threads() <= {1}
    assert threads() == before
