// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { sayMeasurement } from "./measureLayer";

const AFFINE = [
  [0.5, 0, 0, 0],
  [0, 2, 0, 0],
  [0, 0, 5, 0],
  [0, 0, 0, 1],
];

test("a ruler says millimetres, an angle degrees, and an angle with two points still a length", () => {
  const ruler = {
    plane: "axial",
    tool: "ruler",
    points: [
      [1, 0, 0],
      [1, 2, 6],
    ],
  } as const;
  expect(sayMeasurement(ruler, AFFINE)).toBe("5.0 mm");
  const angle = {
    plane: "coronal",
    tool: "angle",
    points: [
      [0, 1, 8],
      [0, 1, 0],
      [2, 1, 0],
    ],
  } as const;
  expect(sayMeasurement(angle, AFFINE)).toBe("90.0°");
  expect(sayMeasurement({ ...angle, points: angle.points.slice(0, 2) }, AFFINE)).toBe("4.0 mm");
});
