"""The words of the annotation socket: what a client may say and what the server says back.

This is the only file of the server that knows the JSON side of the wire; `frames.py` knows the binary side.
`tests/contract/` pins both for pytest and vitest. Client text is parsed strictly: an unknown type, an unknown
field or a value of another JSON type is refused with a sentence, never repaired.
"""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from webapp.annotation.operations.parameters import AnyOperation

MAX_CLIENT_TEXT_BYTES = 1024 * 1024
MAX_PROMPT_VOXELS = 20_000
MAX_RUNS_TEXT = 1_000_000
MAX_SLICES_ON_SCREEN = 64
MAX_AXIS_LENGTH = 1 << 16

SaidKind = Literal["point", "box", "scribble", "lasso"]
PromptKind = Literal["point", "box", "scribble", "lasso", "mask", "carry", "lock", "end"]
RunState = Literal["queued", "running", "done", "failed", "superseded"]
AnnotationState = Literal["new", "in_progress", "submitted", "changes_asked", "approved"]
FeaturesState = Literal["missing", "making", "ready", "failed"]

Index = Annotated[int, Field(ge=0, lt=MAX_AXIS_LENGTH)]
Voxel = tuple[Index, Index, Index]
Extent = Annotated[int, Field(ge=1, le=MAX_AXIS_LENGTH)]


class MessageError(ValueError):
    """A client's text does not follow the contract; `sentence` says what is wrong, `request` which one it was."""

    def __init__(self, sentence: str, request: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.request = request


class _ClientMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AddPrompt(_ClientMessage):
    """A prompt on storage-axis voxels (z, y, x); `prompt_geometry.py` says what they mean for each `kind`."""

    type: Literal["prompt.add"]
    request: uuid.UUID
    label: Annotated[int, Field(ge=0, le=254)]
    kind: SaidKind
    positive: bool
    voxels: Annotated[list[Voxel], Field(min_length=1, max_length=MAX_PROMPT_VOXELS)]


class AddStroke(_ClientMessage):
    """Voxels that are a label from now on, or none (0): those of the box of `shape` from voxel `low` on that `runs` say
    (`strokes.py`). With `carry` the model takes them up on the neighbouring slices at once."""

    type: Literal["stroke.add"]
    request: uuid.UUID
    label: Annotated[int, Field(ge=0, le=254)]
    low: Voxel
    shape: tuple[Extent, Extent, Extent]
    runs: Annotated[str, Field(min_length=4, max_length=MAX_RUNS_TEXT)]
    carry: bool


class Carry(_ClientMessage):
    """The model takes up, on the neighbouring slices, all that was drawn by hand since the last time."""

    type: Literal["carry"]
    request: uuid.UUID


class AddOperation(_ClientMessage):
    """An operation on whole labels; `operations/parameters.py` says what each may be asked."""

    type: Literal["operation.add"]
    request: uuid.UUID
    operation: AnyOperation


class Lock(_ClientMessage):
    """A label, or a slice across the propagation axis, is changed neither by the model nor by hand until it is
    unlocked. `place` is the label's value or the slice's index."""

    type: Literal["lock"]
    request: uuid.UUID
    target: Literal["label", "slice"]
    place: Index
    locked: bool


class End(_ClientMessage):
    """A label ends on slice `z` towards higher (1) or lower (-1) slices: the model carries nothing of it across."""

    type: Literal["end"]
    request: uuid.UUID
    label: Annotated[int, Field(ge=1, le=254)]
    z: Index
    towards: Literal[1, -1]


class Undo(_ClientMessage):
    """Take back the sender's own last active edit."""

    type: Literal["undo"]
    request: uuid.UUID


class RemovePrompt(_ClientMessage):
    """Take back one of the sender's own active edits, whichever it is; a redo brings it back."""

    type: Literal["prompt.remove"]
    request: uuid.UUID
    edit: Annotated[int, Field(ge=1, lt=1 << 53)]


class Redo(_ClientMessage):
    """Bring back the sender's own last undone edit."""

    type: Literal["redo"]
    request: uuid.UUID


class SetView(_ClientMessage):
    """Indices along the propagation axis that are on screen, the current one first."""

    type: Literal["view"]
    z: Annotated[list[Index], Field(min_length=1, max_length=MAX_SLICES_ON_SCREEN)]


class Look(_ClientMessage):
    """Where the sender is now: the voxel under the crosshair, and the one under the pointer, if it is on an image."""

    type: Literal["look"]
    at: Voxel
    pointer: Voxel | None


class Resync(_ClientMessage):
    """Send every current slice whose sequence is higher than `since`."""

    type: Literal["resync"]
    since: Annotated[int, Field(ge=0, lt=1 << 32)]


Editing = AddPrompt | AddStroke | Carry | Lock | End | AddOperation | RemovePrompt | Undo | Redo
ClientMessage = Editing | SetView | Look | Resync
_client_message: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])


def parse_client_message(text: str) -> ClientMessage:
    """Parse one text message of a client. Raises `MessageError` for anything outside the contract."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_CLIENT_TEXT_BYTES:
        raise MessageError("This message is too long.")
    try:
        return _client_message.validate_json(text)
    except ValidationError as error:
        raise MessageError(_sentence_of(error), _request_of(text)) from None


def _sentence_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"This message was not understood: {first['msg']}" + (f" (at {place})." if place else ".")


def _request_of(text: str) -> str | None:
    """The request id of a message that is otherwise wrong, so that the client can tell which one was refused."""
    try:
        return str(uuid.UUID(json.loads(text)["request"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Person(_Part):
    id: int
    name: str


class LabelEntry(_Part):
    id: int
    value: int
    name: str
    colour: str


class PromptEntry(_Part):
    """An active edit as every client draws it.

    `voxels` of a stroke ("mask", label 0 where it erases) are two corners of its box, of "carry", "lock" and "end" one
    voxel a slice; the lock of a label has none. `positive` says of a lock that it locks and does not unlock, of an end
    that it is towards higher slices."""

    edit: int
    label: int
    kind: PromptKind
    positive: bool
    voxels: list[Voxel]
    user: Person


class OperationEntry(_Part):
    """An active operation as every client lists it."""

    edit: int
    label: int
    name: str
    user: Person


class RunEntry(_Part):
    """How far the propagation of a revision is. `waiting` counts runs ahead of it in the queue; `sentence` says what
    went wrong, or what an operation does or has done."""

    run: int
    revision: int
    state: RunState
    slices_done: int
    slices_remaining: int
    slices_per_second: float
    waiting: int
    sentence: str


class FeaturesEntry(_Part):
    """How many slices have cached features."""

    done: int
    total: int
    state: FeaturesState


class WorkflowEntry(_Part):
    """Where the annotation stands, and whose work it is."""

    state: AnnotationState
    assignee: Person | None


class _ServerMessage(_Part):
    def text(self) -> str:
        """The JSON text as it goes over the socket."""
        return self.model_dump_json()


class State(_ServerMessage):
    """Everything but the slices; the first message on a connection."""

    type: Literal["state"] = "state"
    annotation: int
    revision: int
    sequence: int
    axis: int
    prompts: list[PromptEntry]
    operations: list[OperationEntry]
    undoable: dict[str, int]
    redoable: dict[str, int]
    run: RunEntry | None
    features: FeaturesEntry
    labels: list[LabelEntry]
    people: list[Person]
    workflow: WorkflowEntry


class Ack(_ServerMessage):
    """The request is stored: `edit` is the edit it made, took back or brought back."""

    type: Literal["ack"] = "ack"
    request: str
    revision: int
    edit: int


class Refused(_ServerMessage):
    """Nothing was changed, and why. `request` is null where the message named none."""

    type: Literal["refused"] = "refused"
    request: str | None
    sentence: str


class Prompts(_ServerMessage):
    """The active prompts and operations after an edit; undoable and redoable edits by user id."""

    type: Literal["prompts"] = "prompts"
    revision: int
    prompts: list[PromptEntry]
    operations: list[OperationEntry]
    undoable: dict[str, int]
    redoable: dict[str, int]


class RunProgress(RunEntry, _ServerMessage):
    type: Literal["run"] = "run"


class FeaturesProgress(FeaturesEntry, _ServerMessage):
    type: Literal["features"] = "features"


class Labels(_ServerMessage):
    type: Literal["labels"] = "labels"
    labels: list[LabelEntry]


class People(_ServerMessage):
    type: Literal["people"] = "people"
    people: list[Person]


class Presence(_ServerMessage):
    """Where a person is now, as their client said it; nobody keeps it."""

    type: Literal["presence"] = "presence"
    user: int
    at: Voxel
    pointer: Voxel | None


class Workflow(WorkflowEntry, _ServerMessage):
    """The state, the assignee, a decision or a remark changed: who shows decisions and remarks asks for them again."""

    type: Literal["workflow"] = "workflow"


class Synced(_ServerMessage):
    """All current slices up to `sequence` have been sent."""

    type: Literal["synced"] = "synced"
    sequence: int


ServerMessage = Annotated[
    State | Ack | Refused | Prompts | RunProgress | FeaturesProgress | Labels | People | Presence | Workflow | Synced,
    Field(discriminator="type"),
]
_server_message: TypeAdapter[Any] = TypeAdapter(ServerMessage)


def parse_server_message(text: str) -> Any:
    """Parse what the server says (for clients written in Python: tests, load generators)."""
    return _server_message.validate_json(text)
