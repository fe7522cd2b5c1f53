import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import type { Voxel } from "../protocol/protocol";
import type { Place } from "../store/companions";
import { Following } from "./following";

function setUp() {
  const places = signal<ReadonlyMap<number, Place>>(new Map());
  const crosshair = signal<Voxel>([5, 5, 5]);
  const says = (at: Voxel, user = 4) => {
    places.value = new Map([...places.value, [user, { at, pointer: null }]]);
  };
  return { places, crosshair, says, following: new Following(places, crosshair) };
}

test("the view goes with the followed and with nobody else", () => {
  const { crosshair, says, following } = setUp();
  says([5, 5, 5]);
  following.toggle(4);
  says([7, 8, 9]);
  says([1, 1, 1], 6);
  says([7, 8, 9]);
  expect([crosshair.value, following.whom.value]).toEqual([[7, 8, 9], 4]);
  following.toggle(4);
  says([2, 2, 2]);
  expect([crosshair.value, following.whom.value]).toEqual([[7, 8, 9], null]);
});

test("who moves goes their own way again", () => {
  const { crosshair, says, following } = setUp();
  says([7, 8, 9]);
  following.toggle(4);
  crosshair.value = [7, 8, 10];
  expect(following.whom.value).toBe(null);
  says([1, 1, 1]);
  expect(crosshair.value).toEqual([7, 8, 10]);
});

test("nobody is followed who is gone", () => {
  const { places, says, following } = setUp();
  says([7, 8, 9]);
  following.toggle(4);
  places.value = new Map();
  expect(following.whom.value).toBe(null);
});
