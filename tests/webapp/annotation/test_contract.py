"""The wire, pinned by the fixtures that the frontend's tests read too."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import ValidationError

from webapp.annotation import frames, messages

CONTRACT = Path(__file__).parents[2] / "contract"


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((CONTRACT / name).read_text(encoding="utf-8"))
    return content


def _named(entries: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


@pytest.mark.parametrize("entry", _named(_load("client_accepted.json")["messages"]))
def test_a_client_message_of_the_contract_is_taken_unchanged(entry: dict[str, Any]) -> None:
    parsed = messages.parse_client_message(json.dumps(entry["message"]))
    assert parsed.model_dump(mode="json") == entry["message"]


@pytest.mark.parametrize("entry", _named(_load("client_refused.json")["texts"]))
def test_a_client_text_outside_the_contract_is_refused_with_a_sentence(entry: dict[str, Any]) -> None:
    with pytest.raises(messages.MessageError) as refusal:
        messages.parse_client_message(entry["text"])
    assert refusal.value.sentence.endswith(".")
    assert refusal.value.request == entry["request"]


def test_a_text_that_is_too_long_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(messages.MessageError, match="too long"):
        messages.parse_client_message(" " * (messages.MAX_CLIENT_TEXT_BYTES + 1))


@pytest.mark.parametrize("entry", _named(_load("server_messages.json")["messages"]))
def test_a_server_message_of_the_contract_is_said_exactly_so(entry: dict[str, Any]) -> None:
    message = messages.parse_server_message(json.dumps(entry["message"]))
    assert json.loads(message.text()) == entry["message"]


@pytest.mark.parametrize("entry", _named(_load("server_messages.json")["refused"]))
def test_a_server_message_outside_the_contract_is_not_taken(entry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        messages.parse_server_message(json.dumps(entry["message"]))


def _meaning(frame: frames.Frame) -> dict[str, Any]:
    flat = frames.decode_labels(frame.payload, frame.box.rows, frame.box.cols).reshape(-1)
    starts = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist()] if flat.size else []
    ends = [*starts[1:], flat.size]
    return {
        "annotation": frame.annotation, "revision": frame.revision, "sequence": frame.sequence, "z": frame.z,
        "trust": frame.trust, "row0": frame.box.row0, "col0": frame.box.col0, "rows": frame.box.rows,
        "cols": frame.box.cols, "confidence": [list(pair) for pair in frame.confidence],
        "runs": [[int(flat[a]), b - a] for a, b in zip(starts, ends, strict=False)],
    }  # fmt: skip


@pytest.mark.parametrize("entry", _named(_load("frames.json")["messages"]))
def test_a_binary_message_means_what_the_contract_says_and_is_coded_back_to_the_same_bytes(
    entry: dict[str, Any],
) -> None:
    message = bytes.fromhex(entry["hex"])
    decoded = frames.decode_frames(message)
    assert [_meaning(frame) for frame in decoded] == entry["frames"]
    assert b"".join(frames.encode_frame(frame) for frame in decoded) == message


@pytest.mark.parametrize("entry", _named(_load("frames.json")["messages"]))
def test_labels_are_run_length_coded_to_the_payload_of_the_contract(entry: dict[str, Any]) -> None:
    for frame in frames.decode_frames(bytes.fromhex(entry["hex"])):
        labels = frames.decode_labels(frame.payload, frame.box.rows, frame.box.cols)
        assert frames.encode_labels(labels) == frame.payload


@pytest.mark.parametrize("entry", _named(_load("frames.json")["refused"]))
def test_malformed_bytes_are_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(frames.FrameError):
        frames.decode_frames(bytes.fromhex(entry["hex"]))


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(0, 254)))
def test_any_slice_survives_cropping_and_coding(labels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    box, payload = frames.crop_and_encode(labels)
    np.testing.assert_array_equal(frames.full_slice(box, payload, *labels.shape), labels)


@given(st.binary(max_size=200))
def test_random_bytes_never_do_worse_than_be_refused(message: bytes) -> None:
    with contextlib.suppress(frames.FrameError):
        frames.decode_frames(message)


def test_a_box_outside_the_slice_is_refused() -> None:
    with pytest.raises(frames.FrameError, match="outside"):
        frames.full_slice(frames.Box(2, 0, 3, 1), b"\x01\x03", 4, 4)


def test_frames_are_batched_in_order_and_below_the_limit() -> None:
    coded = [bytes([n]) * 40 for n in range(10)]
    batches = list(frames.batch_messages(coded, limit=100))
    assert b"".join(batches) == b"".join(coded)
    assert [len(batch) for batch in batches] == [80] * 5
