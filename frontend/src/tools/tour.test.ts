import { expect, test } from "vitest";
import { ACTIONS } from "./keymap";
import { TOUR, Tour } from "./tour";

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

test("the tour is offered once to each person, whether it is taken or not", () => {
  const browser = storage();
  const tour = new Tour(browser, 1);
  expect([tour.offered.value, tour.place.value]).toEqual([true, null]);
  tour.end();
  expect([tour.offered.value, new Tour(browser, 1).offered.value]).toEqual([false, false]);
  expect(new Tour(browser, 2).offered.value).toBe(true);
  expect(new Tour(null, 1).offered.value).toBe(false);
});

test("it goes step by step, back too, and is over after the last", () => {
  const tour = new Tour(storage(), 1);
  tour.start();
  tour.step(-1);
  expect(tour.place.value).toBe(0);
  const seen = TOUR.map(() => {
    tour.step(1);
    return tour.place.value;
  });
  expect(seen).toEqual([...TOUR.keys()].slice(1).concat(null as never));
});

test("every key that it tells is one of an action", () => {
  expect(TOUR.filter(({ action }) => action && !(action in ACTIONS))).toEqual([]);
});
