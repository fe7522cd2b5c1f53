import { expect, test } from "vitest";
import { slabAround } from "./slab";

test("a slab takes the slices whose centres are within half its thickness", () => {
  expect(slabAround(50, 100, 1, 0)).toEqual([50, 50]);
  expect(slabAround(50, 100, 1, 10)).toEqual([45, 55]);
  expect(slabAround(50, 100, 3, 10)).toEqual([49, 51]);
  expect(slabAround(50, 100, 5, 5)).toEqual([50, 50]);
  expect(slabAround(50, 100, 0.7, 7)).toEqual([45, 55]);
});

test("at the volume's ends the slab ends", () => {
  expect(slabAround(2, 100, 1, 10)).toEqual([0, 7]);
  expect(slabAround(98, 100, 1, 10)).toEqual([93, 99]);
});
