"""The PEERS table: who is asked the same question as advisor, and which extra each one needs.

A peer's module is imported when the peer is used and not before: the time its libraries take to
load is part of its budget, and of nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

from advisor.bench.peers.base import Peer
from advisor.errors import UsageError

EXTRA = "peers"


@dataclass(frozen=True, slots=True)
class Entry:
    """A peer's module, and the library of the extra that it needs besides advisor's own."""

    module: str
    library: str | None = None

    @property
    def there(self) -> bool:
        """Whether what it needs is installed."""
        return self.library is None or find_spec(self.library) is not None


PEERS: Mapping[str, Entry] = MappingProxyType(
    {
        "advisor": Entry("advisor_tune"),
        "optuna_tpe": Entry("optuna_tpe"),
        "lightgbm_tuner": Entry("lightgbm_tuner", "optuna_integration"),
        "flaml": Entry("flaml_automl", "flaml"),
        "halving": Entry("halving"),
        "randomized": Entry("randomized"),
    }
)


def find_entry(name: str) -> Entry:
    """The peer of this name, and what it needs is installed.

    Raises:
        UsageError: ``peer_unknown`` with the nearest name; ``peer_extra`` names the extra.
    """
    if name not in PEERS:
        near = get_close_matches(name, PEERS, 1)
        allowed = list(PEERS)
        hint = near[0] if near else None
        raise UsageError("peer_unknown", {"found": name, "allowed": allowed}, hint=hint)
    entry = PEERS[name]
    if not entry.there:
        values = {"peer": name, "library": entry.library, "extra": EXTRA}
        raise UsageError("peer_extra", values)
    return entry


def load_peer(name: str) -> Peer:
    """The peer itself; its libraries are imported now."""
    peer: Peer = import_module(f"{__name__}.{find_entry(name).module}").PEER
    return peer
