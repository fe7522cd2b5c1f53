import { expect, test } from "vitest";
import type { Prompt, Voxel } from "../protocol/protocol";
import { locksOf } from "./locks";

function lock(label: number, positive: boolean, ...voxels: Voxel[]): Prompt {
  return { edit: 1, label, kind: "lock", positive, voxels, user: { id: 1, name: "Ada" } };
}

test("the last word on each label and slice counts", () => {
  const edits = [lock(1, true), lock(2, true), lock(0, true, [0, 7, 0]), lock(0, true, [0, 8, 0]), lock(1, false)];
  expect(locksOf(edits, 1)).toEqual({ labels: new Set([2]), slices: new Set([7, 8]) });
  expect(locksOf([...edits, lock(0, false, [0, 7, 0])], 1).slices).toEqual(new Set([8]));
  expect(locksOf([{ ...lock(1, true), kind: "mask" }], 0).labels).toEqual(new Set());
});
