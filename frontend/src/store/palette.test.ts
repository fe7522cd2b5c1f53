import { expect, test } from "vitest";
import { nextColour, PALETTE } from "./palette";

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

/** What is left of linear RGB for eyes without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1). */
const EYES: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Below some ten, two areas side by side begin to look alike. */
const APART = 20;

function linear(colour: string): Vector {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  return channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  ) as unknown as Vector;
}

function times(matrix: Matrix, vector: Vector): Vector {
  return matrix.map((row) => row.reduce((sum, at, i) => sum + at * (vector[i] as number), 0)) as unknown as Vector;
}

/** CIE Lab (D65) of linear RGB. */
function lab(rgb: Vector): Vector {
  const clipped = rgb.map((value) => Math.max(0, Math.min(1, value))) as unknown as Vector;
  const [x, y, z] = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    clipped,
  );
  const f = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

function apart(a: string, b: string, eyes: Matrix): number {
  const [first, second] = [a, b].map((colour) => lab(times(eyes, linear(colour)))) as [Vector, Vector];
  return Math.hypot(...first.map((value, i) => value - (second[i] as number)));
}

test.each(Object.entries(EYES))("the first ten colours stay apart for %s eyes", (_, eyes) => {
  const first = PALETTE.slice(0, 10);
  const pairs = first.flatMap((a, place) => first.slice(place + 1).map((b) => ({ a, b, apart: apart(a, b, eyes) })));
  expect(pairs.filter((pair) => pair.apart < APART)).toEqual([]);
});

test("a new label gets the first colour that is free", () => {
  expect(nextColour([])).toBe(PALETTE[0]);
  expect(nextColour([PALETTE[0]?.toUpperCase() ?? "", PALETTE[2] ?? ""])).toBe(PALETTE[1]);
});
