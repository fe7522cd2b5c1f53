/** The labels of a whole volume on the storage axes, filled slice by slice along any axis. */

type Triple = readonly [number, number, number];

export interface LabelSlice {
  /** Index along the propagation axis. */
  readonly z: number;
  readonly row0: number;
  readonly col0: number;
  readonly rows: number;
  readonly cols: number;
  readonly labels: Uint8Array;
}

/** A box of voxels that has changed, half-open, (z, y, x). */
export interface Box {
  readonly low: [number, number, number];
  readonly high: [number, number, number];
}

export class LabelVolume {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Voxels from one to the next along (z, y, x). */
  readonly strides: Triple;

  constructor(readonly shape: Triple) {
    this.data = new Uint8Array(shape[0] * shape[1] * shape[2]);
    this.strides = [shape[1] * shape[2], shape[2], 1];
  }

  at([z, y, x]: Triple): number {
    return this.data[z * this.strides[0] + y * this.strides[1] + x] ?? 0;
  }

  /** Replace slice `slice.z` of `axis`: the box takes the labels, everything around it becomes 0. Returns the slice. */
  apply(axis: 0 | 1 | 2, slice: LabelSlice): Box {
    const [rowAxis, colAxis] = ([0, 1, 2] as const).filter((other) => other !== axis) as [0 | 1 | 2, 0 | 1 | 2];
    const start = slice.z * this.strides[axis];
    const rowStride = this.strides[rowAxis];
    const colStride = this.strides[colAxis];
    for (let row = 0; row < this.shape[rowAxis]; row++) {
      const line = start + row * rowStride;
      for (let col = 0, at = line; col < this.shape[colAxis]; col++, at += colStride) this.data[at] = 0;
    }
    for (let row = 0, from = 0; row < slice.rows; row++) {
      let at = start + (slice.row0 + row) * rowStride + slice.col0 * colStride;
      for (let col = 0; col < slice.cols; col++, at += colStride) this.data[at] = slice.labels[from++] as number;
    }
    const low: [number, number, number] = [0, 0, 0];
    const high = [...this.shape] as [number, number, number];
    low[axis] = slice.z;
    high[axis] = slice.z + 1;
    return { low, high };
  }

  /** Take the voxels of a box from a volume of the same shape. */
  copyBox(from: LabelVolume, { low, high }: Box): void {
    for (let z = low[0]; z < high[0]; z++) {
      for (let y = low[1]; y < high[1]; y++) {
        const row = z * this.strides[0] + y * this.strides[1];
        this.data.set(from.data.subarray(row + low[2], row + high[2]), row + low[2]);
      }
    }
  }

  /** The voxels of a box, tightly packed. */
  packed({ low, high }: Box): Uint8Array<ArrayBuffer> {
    const width = high[2] - low[2];
    const out = new Uint8Array((high[0] - low[0]) * (high[1] - low[1]) * width);
    let to = 0;
    for (let z = low[0]; z < high[0]; z++) {
      for (let y = low[1]; y < high[1]; y++, to += width) {
        const from = z * this.strides[0] + y * this.strides[1] + low[2];
        out.set(this.data.subarray(from, from + width), to);
      }
    }
    return out;
  }
}
