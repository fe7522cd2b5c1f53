"""The binary side of the annotation socket: label slices as frames.

A WebSocket message is one or more frames, each little-endian:

    u32 length of the whole frame | u8 version | u8 codec | u8 trust | u8 n | u32 annotation | u32 revision
    | u32 sequence | u16 z | u16 row0 | u16 col0 | u16 rows | u16 cols | n x (u8 label, u8 confidence) | payload

`z` counts along the propagation axis; rows and columns are the other two storage axes in order. The payload
holds the labels of the box, row-major, as repeated (u8 value, LEB128 run length); outside the box all is 0.
The same payload is what the database stores, so that a stored slice is sent without being coded again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LabelSlice = npt.NDArray[np.uint8]

VERSION = 1
CODEC_RLE = 1
TRUST_LEVELS = ("model", "prompted", "painted", "interpolated", "reviewed")
MAX_MESSAGE_BYTES = 256 * 1024

_HEADER = struct.Struct("<IBBBBIIIHHHHH")
_CONFIDENCE_PAIR_BYTES = 2
_MAX_LEB128_BYTES = 5
_LEB128_LIMITS = np.array([1 << 7, 1 << 14, 1 << 21, 1 << 28])


class FrameError(ValueError):
    """Bytes that are not a message of frames."""


@dataclass(frozen=True)
class Box:
    """A half-open rectangle of a slice: rows [row0, row0 + rows), columns [col0, col0 + cols), in voxels."""

    row0: int
    col0: int
    rows: int
    cols: int


@dataclass(frozen=True)
class Frame:
    """One slice of labels. `confidence` maps a label to 0..255; `payload` is the run-length coded box."""

    annotation: int
    revision: int
    sequence: int
    z: int
    trust: int
    box: Box
    confidence: tuple[tuple[int, int], ...]
    payload: bytes


def encode_frame(frame: Frame) -> bytes:
    """The frame's bytes. Raises `FrameError` where a number does not fit its field."""
    pairs = bytes(part for pair in frame.confidence for part in pair)
    length = _HEADER.size + len(pairs) + len(frame.payload)
    box = frame.box
    try:
        header = _HEADER.pack(
            length, VERSION, CODEC_RLE, frame.trust, len(frame.confidence), frame.annotation, frame.revision,
            frame.sequence, frame.z, box.row0, box.col0, box.rows, box.cols,
        )  # fmt: skip
    except struct.error as error:
        raise FrameError(f"A slice cannot be framed: {error}.") from None
    return header + pairs + frame.payload


def decode_frames(message: bytes) -> list[Frame]:
    """All frames of one message, their payloads checked. Raises `FrameError` for anything malformed."""
    frames: list[Frame] = []
    position = 0
    while position < len(message):
        frame, length = _decode_frame_at(message, position)
        decode_labels(frame.payload, frame.box.rows, frame.box.cols)
        frames.append(frame)
        position += length
    if not frames:
        raise FrameError("The message holds no frame.")
    return frames


def _decode_frame_at(message: bytes, position: int) -> tuple[Frame, int]:
    if len(message) - position < _HEADER.size:
        raise FrameError("The message ends within a header.")
    (length, version, codec, trust, n, annotation, revision, sequence, z, row0, col0, rows, cols) = _HEADER.unpack_from(
        message, position
    )
    if version != VERSION or codec != CODEC_RLE:
        raise FrameError(f"Version {version} with codec {codec} is not known.")
    if trust >= len(TRUST_LEVELS):
        raise FrameError(f"Trust level {trust} is not known.")
    body = position + _HEADER.size
    payload_start = body + n * _CONFIDENCE_PAIR_BYTES
    if position + length > len(message) or payload_start > position + length:
        raise FrameError("The message ends within a frame.")
    pairs = message[body:payload_start]
    confidence = tuple((pairs[i], pairs[i + 1]) for i in range(0, len(pairs), _CONFIDENCE_PAIR_BYTES))
    payload = message[payload_start : position + length]
    frame = Frame(annotation, revision, sequence, z, trust, Box(row0, col0, rows, cols), confidence, payload)
    return frame, length


def batch_messages(frames: Iterable[bytes], limit: int = MAX_MESSAGE_BYTES) -> Iterator[bytes]:
    """Join encoded frames, in order, into messages of at most `limit` bytes (a larger frame goes alone)."""
    batch: list[bytes] = []
    size = 0
    for frame in frames:
        if batch and size + len(frame) > limit:
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(frame)
        size += len(frame)
    if batch:
        yield b"".join(batch)


def crop_and_encode(labels: LabelSlice) -> tuple[Box, bytes]:
    """The smallest box around the non-zero labels of a slice (Y, X), and its run-length coded content."""
    rows = np.flatnonzero(labels.any(axis=1))
    if rows.size == 0:
        return Box(0, 0, 0, 0), b""
    cols = np.flatnonzero(labels.any(axis=0))
    row0, row1 = int(rows[0]), int(rows[-1]) + 1
    col0, col1 = int(cols[0]), int(cols[-1]) + 1
    return Box(row0, col0, row1 - row0, col1 - col0), encode_labels(labels[row0:row1, col0:col1])


def encode_labels(labels: LabelSlice) -> bytes:
    """Run-length code labels (Y, X), row-major: repeated (u8 value, LEB128 run length)."""
    flat = np.ascontiguousarray(labels, dtype=np.uint8).reshape(-1)
    if flat.size == 0:
        return b""
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(np.append(starts, flat.size))
    digits = np.searchsorted(_LEB128_LIMITS, lengths, side="right") + 1  # bytes that each length takes
    offsets = np.concatenate(([0], np.cumsum(digits + 1)))
    coded = np.zeros(int(offsets[-1]), dtype=np.uint8)
    coded[offsets[:-1]] = flat[starts]
    for digit in range(int(digits.max())):
        here = digits > digit
        continued = np.where(digits[here] > digit + 1, 0x80, 0)
        coded[offsets[:-1][here] + 1 + digit] = ((lengths[here] >> (7 * digit)) & 0x7F) | continued
    return coded.tobytes()


def decode_labels(payload: bytes, rows: int, cols: int) -> LabelSlice:
    """The labels (rows, cols) of a payload. Raises `FrameError` unless it covers exactly that box."""
    values: list[int] = []
    lengths: list[int] = []
    position, end = 0, len(payload)
    while position < end:
        values.append(payload[position])
        length, position = _read_leb128(payload, position + 1)
        lengths.append(length)
    if sum(lengths) != rows * cols or 0 in lengths:
        raise FrameError("The run lengths do not cover the box.")
    return np.repeat(np.array(values, dtype=np.uint8), lengths).reshape(rows, cols)


def _read_leb128(payload: bytes, position: int) -> tuple[int, int]:
    value = 0
    for digit in range(_MAX_LEB128_BYTES):
        if position >= len(payload):
            raise FrameError("The payload ends within a run length.")
        byte = payload[position]
        position += 1
        value |= (byte & 0x7F) << (7 * digit)
        if byte < 0x80:  # the continuation bit of LEB128 is off
            return value, position
    raise FrameError("A run length is too long.")


def full_slice(frame_box: Box, payload: bytes, height: int, width: int) -> LabelSlice:
    """A whole slice (height, width) from its box. Raises `FrameError` where the box does not fit in it."""
    if frame_box.row0 + frame_box.rows > height or frame_box.col0 + frame_box.cols > width:
        raise FrameError("The box lies outside the slice.")
    labels = np.zeros((height, width), dtype=np.uint8)
    if frame_box.rows and frame_box.cols:
        rows = slice(frame_box.row0, frame_box.row0 + frame_box.rows)
        cols = slice(frame_box.col0, frame_box.col0 + frame_box.cols)
        labels[rows, cols] = decode_labels(payload, frame_box.rows, frame_box.cols)
    return labels


def sequences(message: bytes) -> Iterator[int]:
    """The sequence numbers of a message's frames, from their headers alone (the message is our own)."""
    position = 0
    while position < len(message):
        header = _HEADER.unpack_from(message, position)
        yield header[7]
        position += header[0]
