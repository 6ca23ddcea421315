"""Planted faults on real data end where they should; the whole table: python tests/planted.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from planted import run_case

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("ADVISOR_DATA"),
        reason="ADVISOR_DATA does not name the folder of real tables",
    ),
]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("german_credit", "rate_high"),
        ("concrete", "rate_low"),
        ("bank_additional", "held_back"),
        ("california_housing", "starved"),
        ("magic_gamma", "shallow"),
    ],
)
def test_a_planted_fault_ends_at_its_stage_with_the_lost_skill_restored(
    data: str, fault: str, tmp_path: Path
) -> None:
    row = run_case(data, fault, tmp_path)
    assert row.kills
    assert row.right, row.stage
    assert row.restored >= 0.8
