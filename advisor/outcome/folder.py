"""A run's folder: ``<report.dir>/<name>-NN``, and everything of the run in it.

One rule decides where a run goes: the same question about the same data goes on in the same folder,
anything else gets the next number.  Budgets and the stop rule are no part of the question, so a
killed run goes on, a finished one is read back, and a larger budget extends it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.config.run_config import RunConfig
from advisor.errors import UsageError
from advisor.results import TestResult

CARD = "run.json"
MOST_RUNS = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    """Where one run keeps its files.

    ``asked_before`` counts other runs beside it that asked the same data.
    """

    folder: Path
    asked_before: int

    @property
    def name(self) -> str:
        return self.folder.name

    def file(self, name: str) -> Path:
        return self.folder / name

    def write(self, name: str, text: str) -> Path:
        """Write a file so that it is either the old or the whole new one."""
        target, draft = self.file(name), self.file(f".{name}.part")
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
        return target

    # -- the locked test part: opened at most once ---------------------------------------------

    def opened_test(self) -> tuple[str, TestResult] | None:
        """What the test part said when it was opened, and of which models; None if it was not."""
        file = self.file("test.json")
        if not file.exists():
            return None
        stored = json.loads(file.read_text(encoding="utf-8"))
        return stored["models"], TestResult(**stored["result"])

    def keep_test(self, models: str, result: TestResult) -> None:
        values = {name: getattr(result, name) for name in result.__slots__}
        self.write("test.json", json.dumps({"models": models, "result": values}))


def _card(folder: Path) -> dict[str, Any] | None:
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) else None


REPORTS = ("report", "diagnosis", "audit")
"""Names of what a run may leave: of its search, else of a diagnosis, else of its checks alone."""


def report_file(folder: Path) -> Path:
    """The fullest report in a run's folder, as JSON; ``report.json`` where there is none."""
    files = [folder / f"{name}.json" for name in REPORTS]
    return next((file for file in files if file.exists()), files[0])


def pictures_file(report: Path) -> Path:
    """Where the pictures of a report's JSON file lie: beside it."""
    return report.with_suffix(".pictures.json")


def find_run(name: str, base: Path = Path("runs")) -> Path:
    """The folder of a run given as a path, or as its name below ``base``.

    Raises:
        UsageError: ``run_not_found``.
    """
    for folder in (Path(name), base / name):
        if (folder / CARD).is_file() or (folder / "report.json").is_file():
            return folder
    known = sorted(p.parent.name for p in base.glob(f"*/{CARD}")) if base.is_dir() else []
    hint = known[-1] if known else None
    raise UsageError("run_not_found", {"path": name}, hint=hint)


def open_run(config: RunConfig, fingerprint: str, resume: str | None) -> Run:
    """The folder for this config and these data, made if there is none yet.

    Args:
        config: whose ``identity`` is the question.
        fingerprint: of the data.
        resume: a run to go on with; it must have asked the same.

    Raises:
        UsageError: ``run_not_found``, ``resume_other_data``,
            ``resume_other_config``, ``report_dir_unwritable``.
    """
    base = _near(Path(config.report.dir).expanduser().absolute())
    identity = config.identity()
    wanted = {"identity": identity, "fingerprint": fingerprint}
    siblings = {p.parent: _card(p.parent) for p in sorted(base.glob(f"*/{CARD}"))}
    same_data = [
        c for c in siblings.values() if c and c.get("fingerprint") == fingerprint and c != wanted
    ]
    if resume is not None:
        folder = find_run(resume, base)
        card = _card(folder) or {}
        if card != wanted:
            other_data = card.get("fingerprint") != fingerprint
            code = "resume_other_data" if other_data else "resume_other_config"
            raise UsageError(code, {"run": folder.name})
        return Run(folder, len(same_data))
    name = str(config.name)
    for folder, found in siblings.items():
        if found == wanted and folder.name.rpartition("-")[0] == name:
            return Run(folder, len(same_data))
    try:
        return Run(_next_folder(base, name, wanted), len(same_data))
    except UsageError as error:
        error.place = config.place_of("report", "dir")
        raise


def _near(folder: Path) -> Path:
    """Relative to the working folder where it lies in it: that is how a person would name it."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _next_folder(base: Path, name: str, card: dict[str, str]) -> Path:
    for number in range(1, MOST_RUNS):
        folder = base / f"{name}-{number:02d}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not folder.is_dir() or any(folder.iterdir()):
                continue
        except OSError as error:
            values = {"path": str(base), "reason": error.strerror or str(error)}
            raise UsageError("report_dir_unwritable", values) from error
        Run(folder, 0).write(CARD, json.dumps(card))
        return folder
    raise UsageError("report_dir_unwritable", {"path": str(base), "reason": f"{MOST_RUNS} runs"})
