/** How the hand paints: tool, size of the brush, what it may paint over, and whether the model follows at once. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Over, Range } from "../painting/paintRule";
import type { BootVolume } from "../protocol/boot";

export const PAINT_KINDS = ["brush", "eraser", "outline", "fill"] as const;
export type PaintKind = (typeof PAINT_KINDS)[number];

export function isPaintKind(tool: string): tool is PaintKind {
  return (PAINT_KINDS as readonly string[]).includes(tool);
}

const STEP = 1.2;
/** Of the volume's longest side: the brush at first, and the largest one. */
const FIRST_SHARE = 0.02;
const LARGEST_SHARE = 0.5;

export class PaintSettings {
  /** The painting tool in hand; null while prompts are made. */
  readonly kind = signal<PaintKind | null>(null);
  readonly radius_mm;
  readonly ball = signal(false);
  readonly over = signal<Over>("everything");
  /** Whether the brush stops at edges of the image. */
  readonly smart = signal(false);
  /** Whether an outline goes through all slices of its plane. */
  readonly through = signal(false);
  /** Only voxels with values in this range are painted or erased; null for any. */
  readonly range = signal<Range | null>(null);
  /** Whether the next click picks the range from the values under the brush. */
  readonly picking = signal(false);
  /** Whether the model takes up each stroke on the neighbouring slices at once. */
  readonly live = signal(false);
  readonly diameter: ReadonlySignal<string>;
  private readonly smallest_mm: number;
  private readonly largest_mm: number;

  constructor({ shape, spacing_mm }: Pick<BootVolume, "shape" | "spacing_mm">) {
    const longest_mm = Math.max(...shape.map((extent, axis) => extent * (spacing_mm[axis] as number)));
    this.smallest_mm = rounded(Math.min(...spacing_mm) / 2);
    this.largest_mm = rounded(longest_mm * LARGEST_SHARE);
    this.radius_mm = signal(this.within(longest_mm * FIRST_SHARE));
    this.diameter = computed(() => `${rounded(2 * this.radius_mm.value)} mm`);
  }

  resize(by: 1 | -1): void {
    const now = this.radius_mm.value;
    const wanted = this.within(now * STEP ** by);
    this.radius_mm.value = wanted === now ? this.within(now + by * 0.1) : wanted;
  }

  pick(range: Range): void {
    this.range.value = range;
    this.picking.value = false;
  }

  private within(radius_mm: number): number {
    return Math.max(this.smallest_mm, Math.min(this.largest_mm, rounded(radius_mm)));
  }
}

function rounded(millimetres: number): number {
  return Math.max(0.1, Math.round(millimetres * 10) / 10);
}
