import { expect, test } from "vitest";
import { sayVoxel } from "./readout";

// Columns are the steps of x, y, z: x runs left by 0.5 mm, y back by 1 mm, z up by 3 mm.
const affine = [
  [-0.5, 0, 0, 20],
  [0, -1, 0, 30],
  [0, 0, 3, -60],
  [0, 0, 0, 1],
];

test("a voxel is said in the patient's millimetres, with the directions in which they grow", () => {
  const said = { affine, voxel: [10, 20, 8] as const, value: 131.26, unit: "HU", label: "Liver" };
  expect(sayVoxel({ ...said, world: "RAS" })).toBe("RAS 16.0  10.0  -30.0 mm   voxel 8 20 10   131.3 HU   Liver");
  expect(sayVoxel({ ...said, world: "LPS" })).toBe("LPS -16.0  -10.0  -30.0 mm   voxel 8 20 10   131.3 HU   Liver");
});

test("a slice that has not come in yet has no value", () => {
  const said = { affine, voxel: [20, 30, 40] as const, value: null, unit: "", label: undefined };
  expect(sayVoxel({ ...said, world: "LPS" })).toBe("LPS 0.0  0.0  0.0 mm   voxel 40 30 20   not loaded yet");
});
