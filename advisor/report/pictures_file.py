"""The pictures of a run as a JSON file, and back."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter, ValidationError

from advisor.errors import UsageError
from advisor.pictures import Pictures


@cache
def _adapter() -> TypeAdapter[Pictures]:
    return TypeAdapter(Pictures)


def render_pictures(pictures: Pictures) -> str:
    """One line of JSON."""
    return _adapter().dump_json(pictures).decode() + "\n"


def parse_pictures(text: str, path: str = "report.pictures.json") -> Pictures:
    """The pictures of a JSON text; ``path`` is named in the error.

    Raises:
        UsageError: the text holds none.
    """
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        values = {"path": path, "found": f"{where}: {first['msg']}" if where else first["msg"]}
        raise UsageError("report_unreadable", values) from error
