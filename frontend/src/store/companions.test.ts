import { expect, test } from "vitest";
import { Companions, SILENCE_MS } from "./companions";

function setUp() {
  const clock = { ms: 0 };
  const companions = new Companions(3, [20, 30, 40], () => clock.ms);
  return { companions, clock };
}

test("the others' places are known, mine is not among them", () => {
  const { companions } = setUp();
  companions.saw({ user: 3, at: [1, 1, 1], pointer: null });
  companions.saw({ user: 4, at: [1, 2, 3], pointer: [1, 5, 6] });
  companions.saw({ user: 4, at: [2, 2, 3], pointer: null });
  expect([...companions.places.value.keys()]).toEqual([4]);
  expect(companions.places.value.get(4)).toMatchObject({ at: [2, 2, 3], pointer: null });
});

test("a place outside of the volume is not taken, a pointer outside of it is none", () => {
  const { companions } = setUp();
  companions.saw({ user: 4, at: [20, 0, 0], pointer: null });
  expect(companions.places.value.size).toBe(0);
  companions.saw({ user: 4, at: [19, 29, 39], pointer: [0, 0, 40] });
  expect(companions.places.value.get(4)).toMatchObject({ at: [19, 29, 39], pointer: null });
});

test("who left or says nothing for a while is forgotten", () => {
  const { companions, clock } = setUp();
  for (const user of [4, 5]) companions.saw({ user, at: [1, 2, 3], pointer: null });
  companions.keep([
    { id: 3, name: "Ada" },
    { id: 5, name: "Cyd" },
  ]);
  expect([...companions.places.value.keys()]).toEqual([5]);
  clock.ms = SILENCE_MS;
  companions.forgetSilent();
  expect(companions.places.value.size).toBe(1);
  clock.ms = SILENCE_MS + 1;
  companions.forgetSilent();
  expect(companions.places.value.size).toBe(0);
});
