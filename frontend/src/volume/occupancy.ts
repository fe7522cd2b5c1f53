/** Which blocks of the volume hold labels at all, so that rays can skip the others. */

import type { Box, LabelVolume } from "./labelVolume";

export const BLOCK = 8;

type Axis = 0 | 1 | 2;
type Counts = [number, number, number];

export class Occupancy {
  /** Blocks along (z, y, x). */
  readonly shape: Readonly<Counts>;
  /** One byte a block, C order: not 0 where a voxel of the block has a label. */
  readonly blocks: Uint8Array<ArrayBuffer>;
  private readonly others: readonly [Axis, Axis];
  /** The same for every slice along the axis by itself: slices change one at a time. */
  private readonly slices: Uint8Array;
  private readonly changed = new Set<number>();

  constructor(
    private readonly labels: LabelVolume,
    private readonly axis: Axis,
  ) {
    this.shape = labels.shape.map((length) => Math.ceil(length / BLOCK)) as Counts;
    this.blocks = new Uint8Array(this.shape[0] * this.shape[1] * this.shape[2]);
    this.others = ([0, 1, 2] as const).filter((other) => other !== axis) as [Axis, Axis];
    this.slices = new Uint8Array(labels.shape[axis] * this.perSlice);
  }

  /** The labels in a box have changed. */
  touch({ low, high }: Box): void {
    for (let place = low[this.axis]; place < high[this.axis]; place++) this.changed.add(place);
  }

  /** Look at up to `most` slices that changed; returns whether the blocks may be different now. */
  catchUp(most: number): boolean {
    const now = [...this.changed].slice(0, most);
    for (const place of now) {
      this.changed.delete(place);
      this.scan(place);
    }
    for (const layer of new Set(now.map((place) => Math.floor(place / BLOCK)))) this.gather(layer);
    return now.length > 0;
  }

  /** Whether slices wait to be looked at. */
  get behind(): boolean {
    return this.changed.size > 0;
  }

  private get perSlice(): number {
    return this.shape[this.others[0]] * this.shape[this.others[1]];
  }

  private scan(place: number): void {
    const { data, shape, strides } = this.labels;
    const [rows, cols] = this.others;
    const across = this.shape[cols];
    const at = place * this.perSlice;
    this.slices.fill(0, at, at + this.perSlice);
    for (let row = 0; row < shape[rows]; row++) {
      const line = place * strides[this.axis] + row * strides[rows];
      const to = at + (row >> 3) * across;
      for (let col = 0, from = line; col < shape[cols]; col++, from += strides[cols]) {
        if (data[from] !== 0) this.slices[to + (col >> 3)] = 1;
      }
    }
  }

  private gather(layer: number): void {
    const [rows, cols] = this.others;
    const strides = [this.shape[1] * this.shape[2], this.shape[2], 1] as const;
    const stop = Math.min(this.labels.shape[this.axis], (layer + 1) * BLOCK);
    for (let row = 0, from = 0; row < this.shape[rows]; row++) {
      for (let col = 0; col < this.shape[cols]; col++, from++) {
        let any = 0;
        for (let place = layer * BLOCK; place < stop; place++)
          any |= this.slices[place * this.perSlice + from] as number;
        this.blocks[layer * strides[this.axis] + row * strides[rows] + col * strides[cols]] = any;
      }
    }
  }
}
