/** A stroke under way: from the path of the pointer to the voxels of a prompt. */

import type { Plane, PlaneAxes } from "../geometry/orientation";
import type { Triple } from "../geometry/planeView";
import type { DrawnKind, Voxel } from "../protocol/protocol";

const FEWEST_LASSO_VERTICES = 3;

export class Stroke {
  /** Where the pointer was, without repeats. */
  private readonly path: Voxel[];

  constructor(
    readonly kind: DrawnKind,
    readonly plane: Plane,
    private readonly axes: PlaneAxes,
    /** Made with the other button or a modifier: it means the opposite. */
    readonly inverted: boolean,
    start: Voxel,
  ) {
    this.path = [start];
  }

  /** The pointer's index along the plane's normal, which stays while one draws. */
  get normalIndex(): number {
    return (this.path[0] as Voxel)[this.axes.normal];
  }

  extend(voxel: Voxel): void {
    if (!same(voxel, this.path.at(-1) as Voxel)) this.path.push(voxel);
  }

  /** What it would mean if it ended here. A lasso around nothing is the line that was drawn. */
  get prompt(): { readonly kind: DrawnKind; readonly voxels: readonly Voxel[] } {
    const { path, kind } = this;
    if (kind === "box") return { kind, voxels: cornersOf(path) };
    if (kind === "lasso" && path.length >= FEWEST_LASSO_VERTICES) return { kind, voxels: path };
    return { kind: "scribble", voxels: connected(path, this.axes) };
  }
}

function same(a: Triple, b: Triple): boolean {
  return a.every((place, axis) => place === b[axis]);
}

function cornersOf(path: readonly Voxel[]): Voxel[] {
  return [path[0] as Voxel, path.at(-1) as Voxel];
}

/** Every voxel on the way, each once: a fast pointer leaves gaps. */
export function connected(path: readonly Voxel[], axes: PlaneAxes): Voxel[] {
  const found = new Map<string, Voxel>();
  path.forEach((voxel, place) => {
    for (const passed of between(path[Math.max(0, place - 1)] as Voxel, voxel, axes)) found.set(passed.join(), passed);
  });
  return [...found.values()];
}

/** The straight line from one voxel to another of the same plane, both included, without a gap. */
function between(from: Voxel, to: Voxel, { right, down }: PlaneAxes): Voxel[] {
  const steps = Math.max(Math.abs(to[right.axis] - from[right.axis]), Math.abs(to[down.axis] - from[down.axis]), 1);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const voxel: [number, number, number] = [...from];
    for (const { axis } of [right, down])
      voxel[axis] = Math.round(from[axis] + ((to[axis] - from[axis]) * step) / steps);
    return voxel;
  });
}
