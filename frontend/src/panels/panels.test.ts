import { expect, test } from "vitest";
import type { Run } from "../protocol/protocol";
import { SliceTable } from "../store/sliceTable";
import { frame } from "../store/testing";
import { initials, millilitres } from "./format";
import { columnSentence, ribbonColumns, ribbonMarks, sliceAt } from "./ribbonModel";
import { runSentence } from "./runSentence";

test.each([
  ["Ada Lovelace", "AL"],
  ["demo", "D"],
  ["jean-luc.picard@x", "JX"],
  ["Élodie", "É"],
  ["", "?"],
])("the initials of %s are %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test("volumes are given with as many digits as are of use", () => {
  expect(millilitres(0, [1, 1, 1])).toBe("");
  expect(millilitres(250, [1, 1, 1])).toBe("0.250 ml");
  expect(millilitres(1000, [5, 1, 1])).toBe("5.0 ml");
  expect(millilitres(1_500_000, [1, 1, 1])).toBe("1500 ml");
});

test("a column says what its slice holds and how sure the model is", () => {
  const table = new SliceTable(2);
  table.accept(
    frame({
      z: 1,
      revision: 4,
      trust: "prompted",
      labels: [1, 2],
      confidence: [
        [1, 255],
        [2, 51],
      ],
    }),
  );
  const columns = ribbonColumns(table, 4);
  expect(columns[0]).toEqual({ trust: null, fresh: false, present: new Map() });
  expect(columns[1]?.fresh).toBe(true);
  const sentence = columnSentence(1, columns[1]!, (label) => `L${label}`);
  expect(sentence).toBe("Slice 2 · prompted · L1 100 % · L2 20 %");
});

test("marks follow the propagation axis, one a slice", () => {
  const prompt = {
    label: 1,
    positive: true,
    voxels: [
      [1, 5, 9],
      [2, 5, 8],
    ] as [number, number, number][],
  };
  expect(ribbonMarks([prompt], 1)).toEqual([{ z: 5, label: 1, positive: true }]);
  expect(ribbonMarks([prompt], 0).map((mark) => mark.z)).toEqual([1, 2]);
});

test("a place on the ribbon is a slice, and never beyond its ends", () => {
  expect([-5, 0, 49, 50, 99, 200].map((x) => sliceAt(x, 100, 4))).toEqual([0, 0, 1, 2, 3, 3]);
});

function run(given: Partial<Run>): Run {
  const base = { run: 1, revision: 1, state: "done", slices_done: 23, slices_remaining: 0, slices_per_second: 0 };
  return { ...base, waiting: 0, sentence: "", ...given } as Run;
}

test.each([
  [run({}), 23, "Recomputed 23 of 412 slices"],
  [run({ slices_per_second: 61.4 }), 23, "Recomputed 23 of 412 slices · 61 slices/s"],
  // Slices that both directions passed count once; those that were restored do not count.
  [run({ slices_done: 800 }), 412, "Recomputed 412 of 412 slices"],
  [run({ slices_done: 30 }), 20, "Recomputed 20 of 412 slices"],
  [run({ slices_done: 5 }), 300, "Recomputed 5 of 412 slices"],
  [run({ slices_done: 0 }), 300, "Restored: nothing had to be recomputed"],
  [run({ state: "running", slices_remaining: 90 }), 20, "Propagating: 23 slices · at most 90 to go"],
  [run({ state: "queued", waiting: 2 }), 0, "Waiting behind 2"],
  [run({ state: "failed", sentence: "No." }), 0, "No."],
])("a run says how far it is", (given, recomputed, says) => {
  expect(runSentence(given, recomputed, 412)).toBe(says);
});
