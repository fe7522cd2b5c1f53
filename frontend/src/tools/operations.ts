/** What can be done to whole labels: names, numbers with their units, and the request that follows. */

import type { BootVolume } from "../protocol/boot";
import type { OperationRequest, Voxel } from "../protocol/protocol";

export type Value = number | string | boolean;

export interface NumberField {
  readonly kind: "number";
  readonly name: string;
  readonly says: string;
  readonly unit: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}
export interface ChoiceField {
  readonly kind: "choice";
  readonly name: string;
  readonly says: string;
  readonly options: readonly (readonly [value: string, says: string])[];
}
export interface CheckField {
  readonly kind: "check";
  readonly name: string;
  readonly says: string;
}
export type Field = NumberField | ChoiceField | CheckField;

export interface OperationDescription {
  readonly name: string;
  readonly group: "Slices" | "Islands" | "Shape" | "Labels" | "Intensity";
  readonly says: string;
  /** What it does, in a sentence. */
  readonly tells: string;
  readonly fields: readonly Field[];
  /** Whether the label may gain voxels. */
  readonly grows: boolean;
  /** What the other labels are to it, where it needs some. */
  readonly others?: string;
  /** Whether it needs the voxel under the crosshair. */
  readonly pointed?: boolean;
}

function millimetres(name: string, says: string, from: number, to: number): NumberField {
  return { kind: "number", name, says, unit: "mm", from, to, step: 0.5 };
}

export const OPERATIONS: readonly OperationDescription[] = [
  {
    name: "fill_between",
    group: "Slices",
    says: "Fill between slices",
    tells: "Fills the slices that lie between others, following the shape from one to the next.",
    fields: [
      {
        kind: "choice",
        name: "keys",
        says: "Between",
        options: [
          ["present", "slices that have the label"],
          ["prompted", "slices prompted or painted"],
        ],
      },
    ],
    grows: true,
  },
  {
    name: "keep_largest",
    group: "Islands",
    says: "Keep largest island",
    tells: "Only the largest connected piece of the label stays.",
    fields: [],
    grows: false,
  },
  {
    name: "keep_clicked",
    group: "Islands",
    says: "Keep island at crosshair",
    tells: "Only the connected piece under the crosshair stays.",
    fields: [],
    grows: false,
    pointed: true,
  },
  {
    name: "remove_small",
    group: "Islands",
    says: "Remove small islands",
    tells: "Connected pieces smaller than this go.",
    fields: [
      { kind: "number", name: "smaller_than_mm3", says: "Smaller than", unit: "mm³", from: 0.1, to: 1e9, step: 10 },
    ],
    grows: false,
  },
  {
    name: "split_islands",
    group: "Islands",
    says: "Split islands into labels",
    tells: "The largest piece keeps the label; the next ones become the labels chosen here, by size.",
    fields: [],
    grows: false,
    others: "Next pieces become",
  },
  {
    name: "fill_holes",
    group: "Shape",
    says: "Fill holes",
    tells: "What the label encloses becomes the label.",
    fields: [{ kind: "check", name: "flat", says: "On each slice by itself" }],
    grows: true,
  },
  {
    name: "smooth",
    group: "Shape",
    says: "Smooth",
    tells: "Evens out the border; median keeps corners better, Gaussian is rounder.",
    fields: [
      {
        kind: "choice",
        name: "method",
        says: "Way",
        options: [
          ["median", "Median"],
          ["gaussian", "Gaussian"],
        ],
      },
      millimetres("mm", "Size", 0.1, 200),
    ],
    grows: true,
  },
  {
    name: "smooth_together",
    group: "Shape",
    says: "Smooth labels together",
    tells: "Evens out several labels at once, so that no gap opens where they touch.",
    fields: [millimetres("mm", "Size", 0.1, 200)],
    grows: true,
    others: "Together with",
  },
  {
    name: "margin",
    group: "Shape",
    says: "Grow or shrink",
    tells: "Moves the border outward by so much, or inward where it is negative.",
    fields: [millimetres("mm", "By", -200, 200)],
    grows: true,
  },
  {
    name: "hollow",
    group: "Shape",
    says: "Hollow",
    tells: "Only a wall of this thickness stays, inside of the surface.",
    fields: [millimetres("mm", "Wall", 0.1, 200)],
    grows: false,
  },
  {
    name: "combine",
    group: "Labels",
    says: "Combine labels",
    tells: "A voxel has one label: what is added or copied is no longer the others'.",
    fields: [
      {
        kind: "choice",
        name: "how",
        says: "How",
        options: [
          ["add", "Add the others"],
          ["subtract", "Take away near the others"],
          ["intersect", "Leave only near the others"],
          ["copy", "Become the others"],
        ],
      },
      millimetres("mm", "Within", 0, 200),
    ],
    grows: true,
    others: "Others",
  },
  {
    name: "threshold",
    group: "Intensity",
    says: "Threshold",
    tells: "Keeps the label only where the image has these values, or adds all such places.",
    fields: [
      { kind: "number", name: "low", says: "From", unit: "", from: -1e9, to: 1e9, step: 1 },
      { kind: "number", name: "high", says: "To", unit: "", from: -1e9, to: 1e9, step: 1 },
      { kind: "check", name: "everywhere", says: "Add all such places" },
    ],
    grows: true,
  },
];

export function operationNamed(name: string): OperationDescription | undefined {
  return OPERATIONS.find((operation) => operation.name === name);
}

/** Sensible numbers for this volume, by operation and field. */
export function defaultValues({ window, spacing_mm, scale }: BootVolume): Record<string, Record<string, Value>> {
  const coarse = Math.max(1, Math.round(Math.max(...spacing_mm)));
  const digits = (value: number) => (scale < 1 ? Number(value.toFixed(2)) : Math.round(value));
  return {
    fill_between: { keys: "present" },
    remove_small: { smaller_than_mm3: 100 },
    fill_holes: { flat: false },
    smooth: { method: "median", mm: coarse },
    smooth_together: { mm: coarse },
    margin: { mm: coarse },
    hollow: { mm: 2 * coarse },
    combine: { how: "add", mm: 0 },
    threshold: {
      low: digits(window.center - window.width / 2),
      high: digits(window.center + window.width / 2),
      everywhere: false,
    },
  };
}

export interface Choice {
  readonly label: number;
  readonly others: readonly number[];
  readonly locked: readonly number[];
  readonly values: Readonly<Record<string, Value>>;
  /** First and last slice, from 0; null for all. */
  readonly slices: readonly [number, number] | null;
  readonly overAny: boolean;
  readonly crosshair: Voxel;
}

/** The request for an operation, or the sentence that says what is missing. */
export function requestOf(operation: OperationDescription, choice: Choice): OperationRequest | string {
  const { label, others, values, slices, overAny, locked, crosshair } = choice;
  if (label === 0) return "Add a label first.";
  const touched = operation.others ? [label, ...others] : [label];
  if (touched.some((value) => locked.includes(value))) return "A locked label cannot be changed; unlock it first.";
  if (operation.others && others.length === 0) return "Choose the other labels first.";
  const wrong = operation.fields.find((field) => field.kind === "number" && !fits(field, values[field.name]));
  if (wrong) return `“${wrong.says}” is not a number that can be used.`;
  if (operation.name === "threshold" && Number(values.low) > Number(values.high)) {
    return "The lowest value is above the highest one.";
  }
  return {
    name: operation.name,
    label,
    slices,
    over: overAny && operation.grows ? "any" : "background",
    locked,
    ...values,
    ...(operation.others ? { others } : {}),
    ...(operation.pointed ? { voxel: crosshair } : {}),
  };
}

function fits({ from, to }: NumberField, value: Value | undefined): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= from && value <= to;
}

/** An operation in words; some are asked for elsewhere than in the panel. */
export function saysOf(name: string): string {
  if (name === "import_labels") return "Labels from a file";
  return OPERATIONS.find((known) => known.name === name)?.says ?? name;
}
