/** The image as it comes in, slab by slab: stored 16 bit values, and what they mean. */

import type { Slab } from "./voxelLoader";

type Triple = readonly [number, number, number];

export class ImageVolume {
  /** (z, y, x), C order. */
  readonly stored: Int16Array<ArrayBuffer>;
  /** One byte a slice along the first axis: not 0 where it has come in. */
  readonly isHere: Uint8Array<ArrayBuffer>;
  private count = 0;

  /** Real value = scale * stored + offset. */
  constructor(
    readonly shape: Triple,
    private readonly scale: number,
    private readonly offset: number,
  ) {
    this.stored = new Int16Array(shape[0] * shape[1] * shape[2]);
    this.isHere = new Uint8Array(shape[0]);
  }

  take({ start, stop, voxels }: Slab): void {
    this.stored.set(voxels, start * this.shape[1] * this.shape[2]);
    for (let z = start; z < stop; z++) {
      this.count += this.isHere[z] ? 0 : 1;
      this.isHere[z] = 1;
    }
  }

  /** Slices along the first axis that have come in. */
  get loaded(): number {
    return this.count;
  }

  /** The real value of a voxel (z, y, x); null where it has not come in. */
  valueAt([z, y, x]: Triple): number | null {
    if (!this.isHere[z]) return null;
    const { shape } = this;
    return (this.stored[(z * shape[1] + y) * shape[2] + x] as number) * this.scale + this.offset;
  }

  /** Real values from black to white as stored ones. */
  storedWindow({ center, width }: { readonly center: number; readonly width: number }): { low: number; high: number } {
    const { scale, offset } = this;
    return { low: (center - width / 2 - offset) / scale, high: (center + width / 2 - offset) / scale };
  }
}
