import { expect, test, vi } from "vitest";
import { RequestFailed } from "../protocol/rest";
import type { Remark, Review } from "../protocol/reviewApi";
import { type ReviewApi, ReviewStore } from "./review";
import { ADA } from "./testing";
import { Toasts } from "./toasts";

const REMARK: Remark = {
  id: 5,
  user: ADA,
  label: 1,
  voxel: [3, 4, 5],
  text: "Too large",
  created: "2026-11-01T10:00:00",
  resolved_by: null,
  replies: [],
};

function review(given: Partial<Review> = {}): Review {
  return { state: "submitted", steps: [], decisions: [], remarks: [], ...given };
}

function apiThat(given: Partial<ReviewApi>): ReviewApi {
  const refuse = () => Promise.reject(new RequestFailed("Not now."));
  return {
    readReview: refuse,
    decide: refuse,
    addRemark: refuse,
    addReply: refuse,
    resolveRemark: refuse,
    ...given,
  };
}

test("a late answer to an earlier question does not replace a newer one", async () => {
  const answers: ((found: Review) => void)[] = [];
  const readReview = () => new Promise<Review>((resolve) => answers.push(resolve));
  const store = new ReviewStore(7, apiThat({ readReview }), new Toasts());
  const both = [store.refresh(), store.refresh()];
  answers[1]?.(review({ state: "approved" }));
  answers[0]?.(review({ state: "submitted" }));
  await Promise.all(both);
  expect(store.review.value?.state).toBe("approved");
});

test("a refusal is said and changes nothing", async () => {
  const toasts = new Toasts();
  const say = vi.spyOn(toasts, "say");
  const store = new ReviewStore(7, apiThat({}), toasts);
  expect(await store.decide("submit", "")).toBe(false);
  expect(say).toHaveBeenCalledWith("Not now.", "problem");
  expect(store.review.value).toBeNull();
});

test("after a remark the review is asked for again, and open remarks are those nobody resolved", async () => {
  const said = vi.fn(() => Promise.resolve());
  const remarks = [REMARK, { ...REMARK, id: 6, resolved_by: ADA }];
  const store = new ReviewStore(
    7,
    apiThat({ addRemark: said, readReview: () => Promise.resolve(review({ remarks })) }),
    new Toasts(),
  );
  expect(await store.remark([3, 4, 5], "Too large", 1)).toBe(true);
  expect(said).toHaveBeenCalledWith(7, [3, 4, 5], "Too large", 1);
  expect(store.openRemarks.value.map((remark) => remark.id)).toEqual([5]);
});
