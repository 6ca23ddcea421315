"""The treatments of ``recipes/data.yaml`` are well formed, and a wrong one cannot be built."""

from __future__ import annotations

import pytest

from advisor.errors import RecipeError
from advisor.recipes.load import families, load_treatments, parse_treatments
from advisor.report.locale import sentences
from advisor.stages.when import CONDITIONS

GOOD = """\
source: made up
treatments:
  pool:
    set: {pool: {times: 2}}
    when: [pool]
    why: because
  drop:
    set: {suspects: drop}
    why: because
combinations:
  both:
    of: [pool, drop]
    why: because
"""


def test_the_shipped_treatments_name_conditions_that_exist_and_all_of_them() -> None:
    named = {name for t in load_treatments().treatments.values() for name in t.when}
    assert named == set(CONDITIONS)


def test_the_file_of_treatments_is_no_family() -> None:
    assert "data" not in families()
    assert "lightgbm" in families()


def test_every_treatment_can_be_named_and_explained() -> None:
    recipe = load_treatments()
    for name in (*recipe.treatments, *recipe.combinations):
        assert f"origin.{name}" in sentences("en"), name


def test_a_good_file_is_read() -> None:
    recipe = parse_treatments("data.yaml", GOOD)
    assert recipe.treatments["pool"].times == 2
    assert recipe.treatments["pool"].fields(0.3) == {"pool": 0.3}
    assert recipe.treatments["drop"].fields(0.3) == {"suspects": "drop"}
    assert recipe.combinations["both"].of == ("pool", "drop")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("suspects: drop", "suspects: burn", "treatment_wrong"),
        ("suspects: drop", "colour: red", "treatment_wrong"),
        ("times: 2", "times: 0.5", "treatment_times"),
        ("{suspects: drop}", "{}", "treatment_empty"),
        ("[pool, drop]", "[pool]", "treatment_empty"),
        ("[pool, drop]", "[pool, tool]", "treatment_unknown"),
        ("when: [pool]", "wenn: [pool]", "unknown_key"),
        ("    set: {suspects: drop}\n", "", "recipe_malformed"),
    ],
)
def test_a_wrong_file_is_refused(before: str, after: str, code: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_treatments("data.yaml", GOOD.replace(before, after))
    assert caught.value.code == code
