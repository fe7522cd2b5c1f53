/** Where the whole volume is looked at from: parallel rays through the pane, in voxel coordinates. */

import type { Rect, Triple } from "./planeView";

type Affine = readonly (readonly number[])[];
type Vector = [number, number, number];

/** Angles in radians around the patient: 0, 0 looks at the face; the pan is in canvas px. */
export interface Camera {
  /** Towards the patient's right. */
  readonly yaw: number;
  /** Upwards. */
  readonly pitch: number;
  readonly zoom: number;
  readonly panX: number;
  readonly panY: number;
}

export const FACING: Camera = { yaw: 0.5, pitch: 0.3, zoom: 1.4, panX: 0, panY: 0 };
const STEEPEST = Math.PI / 2 - 0.01;
const ZOOM_LIMITS = [0.3, 20] as const;

export function turned(camera: Camera, yaw: number, pitch: number): Camera {
  return {
    ...camera,
    yaw: camera.yaw + yaw,
    pitch: Math.max(-STEEPEST, Math.min(STEEPEST, camera.pitch + pitch)),
  };
}

export function zoomed(camera: Camera, factor: number): Camera {
  return { ...camera, zoom: Math.max(ZOOM_LIMITS[0], Math.min(ZOOM_LIMITS[1], camera.zoom * factor)) };
}

/** One ray a pixel; places are voxel coordinates in the order (x, y, z), whole numbers being voxel centres. */
export interface Rays {
  /** Where the ray of the pane's upper left corner passes the middle of the volume. */
  readonly origin: Vector;
  /** The step to the ray a pixel to the right, and a pixel down. */
  readonly across: Vector;
  readonly down: Vector;
  /** A millimetre along the ray, away from the viewer. */
  readonly along: Vector;
  /** Towards the viewer, in patient coordinates (R, A, S); a unit vector. */
  readonly viewer: Vector;
}

export function raysOf(camera: Camera, rect: Rect, shape: Triple, affine: Affine): Rays {
  const { yaw, pitch } = camera;
  const viewer: Vector = [Math.sin(yaw) * Math.cos(pitch), Math.cos(yaw) * Math.cos(pitch), Math.sin(pitch)];
  const right: Vector = [-Math.cos(yaw), Math.sin(yaw), 0];
  const up = cross(viewer, right);
  const inverse = inverted(affine);
  const px = pixelsPerMm(camera, rect, shape, affine);
  const across = scaled(apply(inverse, right), 1 / px);
  const down = scaled(apply(inverse, up), -1 / px);
  const middle: Vector = [(shape[2] - 1) / 2, (shape[1] - 1) / 2, (shape[0] - 1) / 2];
  const [x, y] = [rect.width / 2 + camera.panX, rect.height / 2 + camera.panY];
  const origin = middle.map((at, axis) => at - x * across[axis]! - y * down[axis]!) as Vector;
  return { origin, across, down, along: apply(inverse, scaled(viewer, -1)), viewer };
}

/** At zoom 1 the volume's diagonal fits the pane. */
function pixelsPerMm(camera: Camera, rect: Rect, shape: Triple, affine: Affine): number {
  const diagonal = [shape[2], shape[1], shape[0]].map((count, column) => count * columnLength(affine, column));
  return (camera.zoom * Math.min(rect.width, rect.height)) / Math.max(1e-6, Math.hypot(...diagonal));
}

function columnLength(affine: Affine, column: number): number {
  return Math.hypot(...[0, 1, 2].map((row) => affine[row]![column]!));
}

/** Where a voxel (z, y, x) is in the pane, in canvas px from its upper left corner, and how many mm along its ray. */
export function projected(rays: Rays, [z, y, x]: Triple): { x: number; y: number; depth_mm: number } {
  const { origin, across, down, along } = rays;
  const columns = [0, 1, 2].map((row) => [across[row]!, down[row]!, along[row]!]);
  const offset: Vector = [x - origin[0], y - origin[1], z - origin[2]];
  const [px, py, depth_mm] = apply(inverted(columns), offset);
  return { x: px, y: py, depth_mm };
}

/** The stretch of the ray of a pixel that is inside the volume, in millimetres from its middle; null if none is. */
export function inside(
  rays: Rays,
  x: number,
  y: number,
  shape: Triple,
): { start: Vector; near: number; far: number } | null {
  const start = rays.origin.map((at, axis) => at + x * rays.across[axis]! + y * rays.down[axis]!) as Vector;
  let [near, far] = [-Infinity, Infinity];
  for (const axis of [0, 1, 2] as const) {
    const [at, step, last] = [start[axis], rays.along[axis], shape[2 - axis]! - 0.5];
    if (Math.abs(step) < 1e-9) {
      if (at < -0.5 || at > last) return null;
      continue;
    }
    const [a, b] = [(-0.5 - at) / step, (last - at) / step];
    near = Math.max(near, Math.min(a, b));
    far = Math.min(far, Math.max(a, b));
  }
  return near < far ? { start, near, far } : null;
}

function apply(matrix: Affine, [a, b, c]: Vector): Vector {
  return [0, 1, 2].map((row) => matrix[row]![0]! * a + matrix[row]![1]! * b + matrix[row]![2]! * c) as Vector;
}

function scaled(vector: Vector, by: number): Vector {
  return vector.map((at) => at * by) as Vector;
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The inverse of the upper left 3 x 3 of a matrix, rows first. */
export function inverted(matrix: Affine): [Vector, Vector, Vector] {
  const column = (index: number) => [0, 1, 2].map((row) => matrix[row]![index]!) as Vector;
  const [a, b, c] = [column(0), column(1), column(2)];
  const [bc, ca, ab] = [cross(b, c), cross(c, a), cross(a, b)];
  const volume = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  return [scaled(bc, 1 / volume), scaled(ca, 1 / volume), scaled(ab, 1 / volume)];
}
