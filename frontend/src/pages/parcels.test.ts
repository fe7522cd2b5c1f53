import { expect, test } from "vitest";
import { parcelsOf } from "./parcels";

const file = (name: string) => new File(["x"], name);
const plain = (files: File[]) =>
  parcelsOf(files).map(({ name, files, isSeries }) => ({ name, files: files.map(({ name }) => name), isSeries }));

test("each volume goes by itself, all else together as a series", () => {
  expect(plain(["a.nii.gz", "IM0001", "B.NRRD", "slice.dcm"].map(file))).toEqual([
    { name: "a.nii.gz", files: ["a.nii.gz"], isSeries: false },
    { name: "B.NRRD", files: ["B.NRRD"], isSeries: false },
    { name: "DICOM, 2 files", files: ["IM0001", "slice.dcm"], isSeries: true },
  ]);
});

test("what lies about in folders is left", () => {
  expect(plain(["DICOMDIR", ".DS_Store", "Thumbs.db"].map(file))).toEqual([]);
});
