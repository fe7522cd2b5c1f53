/** From canvas pixels to voxels and back, for one plane in one rectangle. Millimetres keep their proportions. */

import type { PlaneAxes } from "./orientation";

export type Triple = readonly [number, number, number];

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How a plane is looked at: `zoom` 1 fits the slice; the pan is in pixels. */
export interface Look {
  readonly zoom: number;
  readonly panX: number;
  readonly panY: number;
}

export const FITTED: Look = { zoom: 1, panX: 0, panY: 0 };
const MARGIN = 0.94;
const ZOOM_LIMITS = [0.2, 40] as const;

export class PlaneView {
  /** Pixels a millimetre. */
  readonly scale: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly columnMm: number;
  private readonly rowMm: number;

  constructor(
    readonly axes: PlaneAxes,
    readonly rect: Rect,
    shape: Triple,
    spacing_mm: Triple,
    readonly look: Look,
  ) {
    this.columns = shape[axes.right.axis];
    this.rows = shape[axes.down.axis];
    this.columnMm = spacing_mm[axes.right.axis];
    this.rowMm = spacing_mm[axes.down.axis];
    const fit = Math.min(rect.width / (this.columns * this.columnMm), rect.height / (this.rows * this.rowMm));
    this.scale = Math.max(1e-6, fit * MARGIN * look.zoom);
  }

  /** Screen pixels a voxel takes. */
  get voxelWidth(): number {
    return this.scale * this.columnMm;
  }
  get voxelHeight(): number {
    return this.scale * this.rowMm;
  }

  /** Canvas px of the slice's upper left corner. */
  get corner(): { x: number; y: number } {
    return {
      x: this.rect.left + (this.rect.width - this.columns * this.voxelWidth) / 2 + this.look.panX,
      y: this.rect.top + (this.rect.height - this.rows * this.voxelHeight) / 2 + this.look.panY,
    };
  }

  contains(x: number, y: number): boolean {
    const { left, top, width, height } = this.rect;
    return x >= left && x < left + width && y >= top && y < top + height;
  }

  /** The voxel (z, y, x) under a canvas pixel, at `normalIndex` along the normal; null beside the slice. */
  voxelAt(x: number, y: number, normalIndex: number): [number, number, number] | null {
    const { column, row } = this.cellAt(x, y);
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return null;
    return this.voxelOf(column, row, normalIndex);
  }

  /** The same, but beside the slice the voxel at its edge. */
  nearestVoxel(x: number, y: number, normalIndex: number): [number, number, number] {
    const { column, row } = this.cellAt(x, y);
    const within = (place: number, count: number) => Math.max(0, Math.min(count - 1, place));
    return this.voxelOf(within(column, this.columns), within(row, this.rows), normalIndex);
  }

  /** The place (z, y, x) under a canvas pixel, between voxel centres too; it may lie beside the slice. */
  placeAt(x: number, y: number, normalIndex: number): [number, number, number] {
    const column = (x - this.corner.x) / this.voxelWidth - 0.5;
    const row = (y - this.corner.y) / this.voxelHeight - 0.5;
    return this.voxelOf(column, row, normalIndex);
  }

  private cellAt(x: number, y: number): { column: number; row: number } {
    return {
      column: Math.floor((x - this.corner.x) / this.voxelWidth),
      row: Math.floor((y - this.corner.y) / this.voxelHeight),
    };
  }

  private voxelOf(column: number, row: number, normalIndex: number): [number, number, number] {
    const voxel: [number, number, number] = [0, 0, 0];
    voxel[this.axes.right.axis] = this.axes.right.step > 0 ? column : this.columns - 1 - column;
    voxel[this.axes.down.axis] = this.axes.down.step > 0 ? row : this.rows - 1 - row;
    voxel[this.axes.normal] = normalIndex;
    return voxel;
  }

  /** Canvas px of a voxel's centre, or of a place between centres. */
  pointOf(voxel: Triple): { x: number; y: number } {
    const { right, down } = this.axes;
    const column = right.step > 0 ? voxel[right.axis] : this.columns - 1 - voxel[right.axis];
    const row = down.step > 0 ? voxel[down.axis] : this.rows - 1 - voxel[down.axis];
    return {
      x: this.corner.x + (column + 0.5) * this.voxelWidth,
      y: this.corner.y + (row + 0.5) * this.voxelHeight,
    };
  }

  /** The look after zooming by `factor` around a canvas pixel, which stays where it is. */
  zoomedAt(x: number, y: number, factor: number): Look {
    const zoom = Math.max(ZOOM_LIMITS[0], Math.min(ZOOM_LIMITS[1], this.look.zoom * factor));
    const grown = zoom / this.look.zoom;
    const middleX = this.rect.left + this.rect.width / 2;
    const middleY = this.rect.top + this.rect.height / 2;
    return {
      zoom,
      panX: (x - middleX) * (1 - grown) + this.look.panX * grown,
      panY: (y - middleY) * (1 - grown) + this.look.panY * grown,
    };
  }
}
