import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AnnotationStore } from "../store/annotationStore";
import { SliceTable } from "../store/sliceTable";
import { BOOT, frame } from "../store/testing";
import { Toasts } from "../store/toasts";
import { leastSure } from "./leastSure";
import { Workspace } from "./workspace";

const FRAMES = [
  frame({ z: 2, sequence: 1, trust: "prompted", confidence: [[1, 10]] }),
  frame({
    z: 3,
    sequence: 2,
    confidence: [
      [1, 200],
      [2, 102],
    ],
  }),
  frame({ z: 4, sequence: 3, confidence: [[1, 51]] }),
  frame({ z: 5, sequence: 4, confidence: [[1, 250]] }),
];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("the least sure label of a slice that only the model made and nobody has seen", () => {
  const table = new SliceTable(8);
  for (const each of FRAMES) table.accept(each);
  expect(leastSure(table, () => false)).toEqual({ z: 4, label: 1, confidence: 0.2 });
  expect(leastSure(table, (z) => z === 4)).toEqual({ z: 3, label: 2, confidence: 0.4 });
  expect(leastSure(table, () => true)).toBeNull();
  expect(leastSure(new SliceTable(8), () => false)).toBeNull();
});

test("each press leads on, until all was seen; what changes is worth a look again", () => {
  const store = new AnnotationStore(BOOT);
  const toasts = new Toasts();
  const session = { addPrompt: () => "", undo: () => "", redo: () => "" };
  const workspace = new Workspace({ store, session: session as never, toasts, storage: null });
  store.applyFrames(FRAMES);
  const visited = [1, 2, 3].map(() => {
    workspace.goToDoubt();
    return workspace.slice.value;
  });
  expect(visited).toEqual([4, 3, 5]);
  workspace.goToDoubt();
  expect(workspace.slice.value).toBe(5);
  store.applyFrames([frame({ z: 3, sequence: 9, revision: 2, confidence: [[1, 80]] })]);
  workspace.goToDoubt();
  expect(workspace.slice.value).toBe(3);
});

test("a slice that one scrolls past was not looked at, one that stays on screen was", () => {
  const store = new AnnotationStore(BOOT);
  const session = { addPrompt: () => "", undo: () => "", redo: () => "" };
  const workspace = new Workspace({ store, session: session as never, toasts: new Toasts(), storage: null });
  store.applyFrames(FRAMES);
  workspace.goToSlice(4);
  vi.advanceTimersByTime(100);
  workspace.goToSlice(3);
  vi.advanceTimersByTime(1000);
  workspace.goToSlice(0);
  workspace.goToDoubt();
  expect(workspace.slice.value).toBe(4);
  workspace.goToDoubt();
  expect(workspace.slice.value).toBe(5);
});
