import { expect, test } from "vitest";
import { wantedOf } from "./exports";

test("the form's choices become what the API asks for", () => {
  const form = new FormData();
  const fields = [
    ["formats", "nifti"],
    ["formats", "stl"],
    ["selection", "started"],
  ] as const;
  for (const [name, value] of fields) form.append(name, value);
  for (const [name, value] of Object.entries({ train: "70", val: "20", test: "10", seed: "7" })) form.set(name, value);
  expect(wantedOf(form)).toEqual({
    formats: ["nifti", "stl"],
    selection: "started",
    split: { train: 70, val: 20, test: 10, seed: 7 },
  });
});
