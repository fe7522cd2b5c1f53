import { describe, expect, test } from "vitest";
import { AnnotationStore } from "../store/annotationStore";
import { BOOT, frame, state } from "../store/testing";
import { Toasts } from "../store/toasts";
import { ACTIONS } from "./keymap";
import { OperationDesk } from "./operationDesk";
import { type Choice, defaultValues, OPERATIONS, operationNamed, requestOf } from "./operations";

const CHOICE: Choice = {
  label: 1,
  others: [2],
  locked: [],
  values: {},
  slices: null,
  overAny: false,
  crosshair: [3, 4, 5],
};

function asked(name: string, choice: Partial<Choice> = {}) {
  const operation = operationNamed(name);
  if (!operation) throw new Error(`There is no ${name}.`);
  return requestOf(operation, { ...CHOICE, values: defaultValues(BOOT.volume)[name] ?? {}, ...choice });
}

test("every operation can be asked for with the numbers it begins with", () => {
  for (const { name, fields } of OPERATIONS) {
    const request = asked(name);
    expect(request, name).toMatchObject({ name, label: 1, slices: null, over: "background" });
    for (const field of fields) expect(request).toHaveProperty(field.name);
  }
});

test("an operation is given what it needs, and nothing else", () => {
  expect(asked("keep_largest")).toEqual({
    name: "keep_largest",
    label: 1,
    slices: null,
    over: "background",
    locked: [],
  });
  expect(asked("keep_clicked")).toMatchObject({ voxel: [3, 4, 5] });
  expect(asked("combine")).toMatchObject({ others: [2], how: "add", mm: 0 });
});

test("only what grows may take voxels of other labels", () => {
  expect(asked("margin", { overAny: true })).toMatchObject({ over: "any" });
  expect(asked("keep_largest", { overAny: true })).toMatchObject({ over: "background" });
});

test("locked labels are kept out, and one that the operation is about refuses it", () => {
  expect(asked("margin", { locked: [2] })).toMatchObject({ locked: [2] });
  expect(asked("margin", { locked: [1] })).toContain("locked");
  expect(asked("combine", { locked: [2] })).toContain("locked");
});

test("what is missing or wrong is said", () => {
  expect(asked("margin", { label: 0 })).toBe("Add a label first.");
  expect(asked("combine", { others: [] })).toBe("Choose the other labels first.");
  expect(asked("margin", { values: { mm: Number.NaN } })).toBe("“By” is not a number that can be used.");
  expect(asked("threshold", { values: { low: 3, high: 2, everywhere: false } })).toContain("above the highest");
});

test("distances begin at the coarsest spacing, thresholds at the window", () => {
  const values = defaultValues(BOOT.volume);
  expect(values.margin).toEqual({ mm: 5 });
  expect(values.threshold).toMatchObject({ low: -160, high: 240 });
});

test("what a key does is an operation that exists", () => {
  const named = Object.keys(ACTIONS).filter((action) => action.startsWith("operation."));
  expect(named.length).toBeGreaterThan(3);
  for (const action of named) expect(operationNamed(action.slice("operation.".length)), action).toBeDefined();
});

describe("the desk", () => {
  function setUp() {
    const store = new AnnotationStore(BOOT);
    const sent: unknown[] = [];
    const toasts = new Toasts();
    const session = {
      addOperation: (operation: unknown) => sent.push(operation),
      removePrompt: (edit: number) => sent.push(edit),
      undo: () => {},
    };
    const desk = new OperationDesk({
      store,
      session: session as never,
      toasts,
      crosshair: { value: [1, 2, 3] } as never,
    });
    return { store, sent, toasts, desk };
  }

  test("asks for what is set, on the active label", () => {
    const { sent, desk, store } = setUp();
    store.activeLabel.value = 2;
    desk.change("margin", { mm: -1.5 });
    desk.slices.value = [4, 9];
    desk.applyNamed("margin");
    expect(sent).toEqual([{ name: "margin", label: 2, slices: [4, 9], over: "background", locked: [], mm: -1.5 }]);
  });

  test("an active label is never among the others", () => {
    const { sent, desk } = setUp();
    desk.toggleOther(1);
    desk.applyNamed("combine");
    expect(sent).toEqual([]);
    desk.toggleOther(2);
    desk.applyNamed("combine");
    expect(sent).toMatchObject([{ others: [2] }]);
  });

  test("counts the label's voxels on the slices that the operation would see", () => {
    const { desk, store } = setUp();
    store.applyFrames([
      frame({ z: 3, sequence: 1, labels: [1, 1, 2] }),
      frame({ z: 4, sequence: 2, labels: [1, 0, 0] }),
    ]);
    expect(desk.voxelsSeen()).toBe(3);
    desk.slices.value = [4, 19];
    expect(desk.voxelsSeen()).toBe(1);
  });

  test("only my operation, and only while nothing came after it, is what the run is about", () => {
    const { desk, store } = setUp();
    const operation = { edit: 5, label: 1, name: "hollow", user: BOOT.user };
    store.applyState(state({ revision: 1, operations: [operation] }));
    expect(desk.mine.value).toEqual(operation);
    store.applyState(
      state({ revision: 2, operations: [operation, { ...operation, edit: 6, user: { id: 99, name: "B" } }] }),
    );
    expect(desk.mine.value).toBeNull();
  });
});
