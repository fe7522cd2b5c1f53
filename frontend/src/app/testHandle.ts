/**
 * `window.s2v`: a read-only look into the running workspace for browser tests and benchmarks.
 *
 * It changes nothing: tests click on real pixels, whose page coordinates `canvasPoint` gives.
 */

import type { Operation, Prompt, Run } from "../protocol/protocol";
import type { AnnotationStore } from "../store/annotationStore";
import type { Place } from "../store/companions";
import type { LiveSession } from "../store/liveSession";
import type { ClickTiming, ClickTimings } from "../store/timings";
import type { ImageViewer, Plane } from "../viewer/types";

export interface TestHandle {
  /** Whether the image on screen is drawn and the socket has sent all current slices. */
  ready(): boolean;
  /** Whether every edit is acknowledged, no run is under way, and no slice is missing. */
  settled(): boolean;
  revision(): number;
  /** The slice sequence up to which nothing is missing. */
  sequence(): number;
  /** The label at a storage-axis voxel. */
  voxel(z: number, y: number, x: number): number;
  /** Voxels of each label that is present. */
  labelCounts(): Record<number, number>;
  /** Indices along the propagation axis on which the label is present. */
  slicesWith(label: number): number[];
  run(): Run | null;
  prompts(): Prompt[];
  operations(): Operation[];
  /** Where the others are, by user id. */
  companions(): Record<string, Place>;
  /** Page coordinates of a voxel's centre on a plane; null where it is not on screen. */
  canvasPoint(plane: Plane, z: number, y: number, x: number): { x: number; y: number } | null;
  /** One entry a click of this page, in milliseconds of `performance.now()`. */
  timings(): ClickTiming[];
  /** Milliseconds from a movement of a painting pointer to the frame after the one that showed its paint. */
  strokeLatencies(): number[];
}

export interface TestHandleParts {
  readonly store: AnnotationStore;
  readonly session: LiveSession;
  readonly timings: ClickTimings;
  readonly viewer: ImageViewer;
}

const OVER: ReadonlySet<Run["state"]> = new Set(["done", "failed"]);

function isSettled({ store, session }: TestHandleParts): boolean {
  const run = store.run.value;
  const wanted = Math.max(store.revision.value, store.acknowledgedRevision.value);
  const runIsOver = run === null ? wanted === 0 : run.revision >= wanted && OVER.has(run.state);
  return (
    store.connection.value === "live" &&
    store.synced.value &&
    store.unacknowledged.value === 0 &&
    !session.sequences.catchingUp &&
    !session.sequences.gap &&
    runIsOver
  );
}

export function testHandle(parts: TestHandleParts): TestHandle {
  const { store, session, timings, viewer } = parts;
  return Object.freeze({
    ready: () => store.synced.value && store.connection.value === "live" && viewer.ready(),
    settled: () => isSettled(parts),
    revision: () => store.revision.value,
    sequence: () => session.sequences.contiguous,
    voxel: (z: number, y: number, x: number) => viewer.labelAt([z, y, x]),
    labelCounts: () => store.slices.labelCounts(),
    slicesWith: (label: number) => store.slices.slicesWith(label),
    run: () => structuredClone(store.run.value),
    operations: () => structuredClone([...store.operations.value]),
    companions: () => structuredClone(Object.fromEntries(store.companions.places.value)),
    prompts: () => structuredClone([...store.prompts.value]),
    canvasPoint: (plane: Plane, z: number, y: number, x: number) => viewer.pointOnPage(plane, [z, y, x]),
    strokeLatencies: () => [...viewer.hand.latencies],
    timings: () => structuredClone(timings.all),
  });
}

declare global {
  interface Window {
    s2v?: TestHandle;
  }
}
