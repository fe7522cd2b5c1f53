"""What goes over the API."""

from ninja import Schema
from pydantic import ConfigDict


class Accepted(Schema):
    id: int


class UploadState(Schema):
    state: str
    progress: float
    sentence: str
    case: int | None

    @staticmethod
    def resolve_case(upload: object) -> int | None:
        return getattr(upload, "case_id", None)


class Label(Schema):
    id: int
    value: int
    name: str
    colour: str


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class NewLabel(_Strict):
    name: str
    colour: str | None = None


class LabelChange(_Strict):
    name: str | None = None
    colour: str | None = None
