/** Sets of voxels: as they grow under a brush, and as a box that is sent, kept and shown. */

import type { CodedStroke } from "../protocol/protocol";
import { decodeStroke, encodeStroke } from "../protocol/strokeRuns";
import type { Box } from "../volume/labelVolume";
import type { Triple } from "./brush";

/** The voxels of the box of `shape` from `low` on whose byte in `inside` (row-major) is 1. */
export interface Region {
  readonly low: Triple;
  readonly shape: Triple;
  readonly inside: Uint8Array<ArrayBuffer>;
}

export function boxOf({ low, shape }: Region): Box {
  return { low: [...low], high: [low[0] + shape[0], low[1] + shape[1], low[2] + shape[2]] };
}

export function codedRegion({ low, shape, inside }: Region): Pick<CodedStroke, "low" | "shape" | "runs"> {
  return { low, shape, runs: encodeStroke(inside) };
}

/** Throws `Malformed` for runs that do not cover the box. */
export function decodedRegion({ low, shape, runs }: Pick<CodedStroke, "low" | "shape" | "runs">): Region {
  return { low, shape, inside: decodeStroke(runs, shape[0] * shape[1] * shape[2]) };
}

/** Calls `visit` for each voxel of a region that lies within a box, with its place in a volume of that shape. */
export function forEachWithin(
  { low, shape, inside }: Region,
  box: Box,
  volume: Triple,
  visit: (offset: number) => void,
): void {
  const [z0, y0, x0] = [0, 1, 2].map((axis) => Math.max(low[axis] as number, box.low[axis] as number)) as [
    number,
    number,
    number,
  ];
  const [z1, y1, x1] = [0, 1, 2].map((axis) =>
    Math.min((low[axis] as number) + (shape[axis] as number), box.high[axis] as number),
  ) as [number, number, number];
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      const line = ((z - low[0]) * shape[1] + y - low[1]) * shape[2] - low[2];
      const row = (z * volume[1] + y) * volume[2];
      for (let x = x0; x < x1; x++) if (inside[line + x]) visit(row + x);
    }
  }
}

/** A set of voxels that grows; memory for whole slices along the first axis, and only those that are touched. */
export class GrowingRegion {
  private readonly slices = new Map<number, Uint8Array>();
  private readonly low: [number, number, number] = [Infinity, Infinity, Infinity];
  private readonly high: [number, number, number] = [0, 0, 0];

  constructor(private readonly volume: Triple) {}

  get isEmpty(): boolean {
    return this.slices.size === 0;
  }

  /** The smallest box around it; only where it is not empty. */
  get box(): Box {
    return { low: [...this.low], high: [...this.high] };
  }

  has([z, y, x]: Triple): boolean {
    return this.slices.get(z)?.[y * this.volume[2] + x] === 1;
  }

  add(voxel: Triple): void {
    const [z, y, x] = voxel;
    let slice = this.slices.get(z);
    if (!slice) {
      slice = new Uint8Array(this.volume[1] * this.volume[2]);
      this.slices.set(z, slice);
    }
    slice[y * this.volume[2] + x] = 1;
    for (const axis of [0, 1, 2] as const) {
      this.low[axis] = Math.min(this.low[axis], voxel[axis]);
      this.high[axis] = Math.max(this.high[axis], voxel[axis] + 1);
    }
  }

  /** As a box; null while it is empty. */
  region(): Region | null {
    if (this.isEmpty) return null;
    const { low, high, volume } = this;
    const shape: Triple = [high[0] - low[0], high[1] - low[1], high[2] - low[2]];
    const inside = new Uint8Array(shape[0] * shape[1] * shape[2]);
    let to = 0;
    for (let z = low[0]; z < high[0]; z++) {
      const slice = this.slices.get(z);
      for (let y = low[1]; y < high[1]; y++, to += shape[2]) {
        const from = y * volume[2] + low[2];
        if (slice) inside.set(slice.subarray(from, from + shape[2]), to);
      }
    }
    return { low: [...low], shape, inside };
  }
}
