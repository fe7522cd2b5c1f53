/** Run-length coded labels: repeated (u8 value, LEB128 run length), row-major over a box of voxels. */

import { Malformed } from "./parse";

const MAX_LEB128_BYTES = 5;

/** Calls `visit(value, start, length)` for each run; throws `Malformed` unless the runs cover exactly `voxels`. */
export function forEachRun(
  payload: Uint8Array,
  voxels: number,
  visit: (value: number, start: number, length: number) => void,
): void {
  let position = 0;
  let covered = 0;
  while (position < payload.length) {
    const value = payload[position++] as number;
    let length = 0;
    let digit = 0;
    for (;;) {
      const byte = payload[position++];
      if (byte === undefined) throw new Malformed("The payload ends within a run length.");
      if (digit === MAX_LEB128_BYTES) throw new Malformed("A run length is too long.");
      length += (byte & 0x7f) * 2 ** (7 * digit++);
      if (byte < 0x80) break;
    }
    if (length === 0 || covered + length > voxels) throw new Malformed("The run lengths do not cover the box.");
    visit(value, covered, length);
    covered += length;
  }
  if (covered !== voxels) throw new Malformed("The run lengths do not cover the box.");
}

/** The labels of a payload, one byte a voxel. */
export function decodeRuns(payload: Uint8Array, voxels: number): Uint8Array<ArrayBuffer> {
  const labels = new Uint8Array(voxels);
  forEachRun(payload, voxels, (value, start, length) => {
    if (value !== 0) labels.fill(value, start, start + length);
  });
  return labels;
}

/** The payload of labels given one byte a voxel. */
export function encodeRuns(labels: Uint8Array): Uint8Array {
  const bytes: number[] = [];
  let start = 0;
  while (start < labels.length) {
    const value = labels[start] as number;
    let end = start + 1;
    while (end < labels.length && labels[end] === value) end++;
    bytes.push(value);
    let rest = end - start;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    start = end;
  }
  return Uint8Array.from(bytes);
}
