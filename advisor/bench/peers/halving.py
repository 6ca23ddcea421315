"""scikit-learn's HalvingRandomSearchCV."""

from __future__ import annotations

from advisor.bench.peers.sklearn_search import SklearnSearch

PEER = SklearnSearch(halving=True)
