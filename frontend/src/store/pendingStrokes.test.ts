import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Run } from "../protocol/protocol";
import { AnnotationStore } from "./annotationStore";
import { PendingStrokes } from "./pendingStrokes";
import { BOOT } from "./testing";

const RUN: Run = {
  run: 1,
  revision: 5,
  state: "done",
  slices_done: 1,
  slices_remaining: 0,
  slices_per_second: 1,
  waiting: 0,
  sentence: "",
};
const EDIT = {
  type: "stroke.add",
  request: "r",
  label: 1,
  low: [0, 0, 0],
  shape: [1, 1, 2],
  runs: "AAI=",
  carry: false,
} as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function acknowledged(): PendingStrokes {
  const strokes = new PendingStrokes();
  strokes.add(EDIT);
  strokes.acknowledge("r", 5, 40);
  return strokes;
}

test("the word that a run is queued does not undo the word that it is over", () => {
  const store = new AnnotationStore(BOOT);
  store.applyRun(RUN);
  store.applyRun({ ...RUN, state: "queued" });
  expect(store.run.value?.state).toBe("done");
  store.applyRun({ ...RUN, run: 2, revision: 6, state: "queued" });
  expect(store.run.value?.state).toBe("queued");
});

describe("a stroke under way", () => {
  test("left over from before a reload is shown as it was coded", () => {
    const strokes = new PendingStrokes();
    strokes.add(EDIT);
    expect(strokes.all.value[0]?.region.inside).toEqual(Uint8Array.of(1, 1));
  });

  test("stays until a run that holds it is done", () => {
    const strokes = acknowledged();
    strokes.applyRun({ ...RUN, revision: 4 });
    strokes.applyRun({ ...RUN, state: "running" });
    vi.runAllTimers();
    expect(strokes.all.value.length).toBe(1);
    strokes.applyRun({ ...RUN, revision: 6 });
    vi.runAllTimers();
    expect(strokes.all.value).toEqual([]);
  });

  test("goes when the server refuses it", () => {
    const strokes = new PendingStrokes();
    strokes.add(EDIT);
    strokes.drop("r");
    expect(strokes.all.value).toEqual([]);
  });

  test("goes at once when it was taken back", () => {
    const strokes = acknowledged();
    strokes.applyEdits(4, []);
    strokes.applyEdits(5, [{ edit: 40 }]);
    expect(strokes.all.value.length).toBe(1);
    strokes.applyEdits(6, [{ edit: 39 }]);
    expect(strokes.all.value).toEqual([]);
  });
});
