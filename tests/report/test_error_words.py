from __future__ import annotations

import pandas as pd
import pytest

import advisor
from advisor.errors import ConfigError, DataError


def test_an_error_speaks_in_python_too(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"x": range(40), "y": [0, 1] * 20})
    monkeypatch.delenv("ADVISOR_LANG", raising=False)
    with pytest.raises(ConfigError) as caught:
        advisor.tune(table, target="y")
    assert str(caught.value) == "model is missing and must be given"
    asked = {"version": 1, "data": {"target": "Y"}, "model": {"family": "linear"}}
    with pytest.raises(DataError) as wrong:
        advisor.tune(asked, table)
    assert "Y" in str(wrong.value).splitlines()[0]
    assert str(wrong.value).splitlines()[-1] == "did you mean y?"
    monkeypatch.setenv("ADVISOR_LANG", "ja")
    with pytest.raises(ConfigError, match="model"):
        advisor.tune(table, target="y")


def test_an_error_that_nobody_put_into_words_says_its_code_and_values() -> None:
    assert str(DataError("table_empty", {"path": "a.csv"})) == "table_empty (path='a.csv')"
