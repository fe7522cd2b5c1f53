import { expect, test } from "vitest";
import { SequenceTracker } from "./sequence";

function live(upTo: number): SequenceTracker {
  const tracker = new SequenceTracker();
  tracker.synced(upTo);
  return tracker;
}

test("while catching up, holes between current slices are no gap", () => {
  const tracker = new SequenceTracker();
  for (const sequence of [4, 9, 17]) tracker.saw(sequence);
  expect(tracker.gap).toBe(false);
  tracker.synced(17);
  expect([tracker.contiguous, tracker.gap]).toEqual([17, false]);
});

test("a slice that comes after a missing one shows the gap", () => {
  const tracker = live(10);
  tracker.saw(11);
  tracker.saw(13);
  expect([tracker.contiguous, tracker.gap]).toEqual([11, true]);
});

test("slices that overtook each other leave no gap", () => {
  const tracker = live(10);
  for (const sequence of [12, 13, 11]) tracker.saw(sequence);
  expect([tracker.contiguous, tracker.gap]).toEqual([13, false]);
});

test("what came in live during a resync counts after it", () => {
  const tracker = live(10);
  tracker.saw(14);
  tracker.beginCatchUp();
  tracker.saw(15);
  tracker.synced(13);
  expect([tracker.contiguous, tracker.gap]).toEqual([15, false]);
});

test("a second loss during a resync is still a gap", () => {
  const tracker = live(10);
  tracker.beginCatchUp();
  tracker.saw(16);
  tracker.synced(13);
  expect([tracker.contiguous, tracker.gap]).toEqual([13, true]);
});
