import { expect, test } from "vitest";
import { LabelVolume } from "./labelVolume";
import { Occupancy } from "./occupancy";

const ALL = (shape: readonly [number, number, number]) => ({ low: [0, 0, 0], high: [...shape] }) as never;

test.each([0, 1, 2] as const)("blocks are those that hold labels, whichever axis slices come along (%i)", (axis) => {
  const labels = new LabelVolume([17, 9, 20]);
  const occupancy = new Occupancy(labels, axis);
  expect(occupancy.shape).toEqual([3, 2, 3]);
  const put = (z: number, y: number, x: number, value: number) => {
    labels.data[(z * 9 + y) * 20 + x] = value;
    occupancy.touch(ALL(labels.shape));
    while (occupancy.behind) occupancy.catchUp(4);
  };
  put(16, 8, 19, 3);
  put(7, 0, 8, 1);
  const taken = () => [...occupancy.blocks.entries()].filter(([, any]) => any).map(([place]) => place);
  expect(taken()).toEqual([1, 2 * 6 + 1 * 3 + 2]);
  put(7, 0, 8, 0);
  expect(taken()).toEqual([2 * 6 + 1 * 3 + 2]);
});

test("only a few slices are looked at in one go", () => {
  const occupancy = new Occupancy(new LabelVolume([10, 8, 8]), 0);
  occupancy.touch(ALL([10, 8, 8]));
  expect(occupancy.catchUp(6)).toBe(true);
  expect(occupancy.behind).toBe(true);
  expect(occupancy.catchUp(6)).toBe(true);
  expect([occupancy.behind, occupancy.catchUp(6)]).toEqual([false, false]);
});
