/** Pixels of strokes over the wire: base64 of LEB128 run lengths, alternately outside and inside, outside first. */

import { Malformed } from "./parse";

/** `inside` holds one byte a voxel, row-major over the stroke's box. */
export function encodeStroke(inside: Uint8Array): string {
  const bytes: number[] = [];
  let value = 0;
  for (let start = 0; start < inside.length; value = 1 - value) {
    let end = start;
    while (end < inside.length && (inside[end] ? 1 : 0) === value) end++;
    let rest = end - start;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    start = end;
  }
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The inverse; throws `Malformed` unless the runs cover exactly so many voxels. */
export function decodeStroke(runs: string, voxels: number): Uint8Array<ArrayBuffer> {
  const inside = new Uint8Array(voxels);
  let covered = 0;
  let value = 0;
  let length = 0;
  let scale = 1;
  for (const letter of bytesOf(runs)) {
    const byte = letter.charCodeAt(0);
    length += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    if (covered + length > voxels || (length === 0 && covered > 0)) throw new Malformed("A stroke's runs do not fit.");
    if (value === 1) inside.fill(1, covered, covered + length);
    covered += length;
    value = 1 - value;
    length = 0;
    scale = 1;
  }
  if (covered !== voxels || scale !== 1) throw new Malformed("A stroke's runs do not cover its box.");
  return inside;
}

function bytesOf(runs: string): string {
  try {
    return atob(runs);
  } catch {
    throw new Malformed("A stroke's runs are not base64.");
  }
}
