"""Forms: the ordered fields of a route. Data: config/forms/*.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from handoff.case import FieldName


class FormsError(ValueError):
    """The forms file cannot be used; says which form and why."""


class Form(BaseModel):
    """`slots` are asked until known (twice at most), `optional` only noted, `after` asked once the case is filed.

    `ask` words a question differently from config/prompts for this form.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    slots: tuple[FieldName, ...] = ()
    optional: tuple[FieldName, ...] = ()
    after: tuple[FieldName, ...] = ()
    ask: dict[FieldName, str] = {}


_FORMS = TypeAdapter(dict[str, Form])


def parse_forms(document: Mapping[str, Any], file: str = "config/forms/zh.yaml") -> Mapping[str, Form]:
    """Forms by name. Raises FormsError naming the entry that is wrong."""
    try:
        return _FORMS.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormsError(f"{file}：{where} 不对（{first['msg']}）。字段名请用：{'、'.join(FieldName)}") from error
