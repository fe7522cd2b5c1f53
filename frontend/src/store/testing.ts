/** Values for tests of the store. */

import type { Boot } from "../protocol/boot";
import type { Frame, State } from "../protocol/protocol";

export function frame(given: Partial<Omit<Frame, "labels">> & { labels?: number[] }): Frame {
  const labels = Uint8Array.from(given.labels ?? [1, 1, 1, 1]);
  return {
    annotation: 7,
    revision: 1,
    sequence: 1,
    z: 0,
    trust: "model",
    row0: 0,
    col0: 0,
    rows: 1,
    cols: labels.length,
    confidence: [],
    ...given,
    labels,
  };
}

export const ADA = { id: 3, name: "Ada Lovelace" };

export const BOOT: Boot = {
  user: ADA,
  project: { id: 1, name: "Livers" },
  case: { id: 2, name: "Case 2" },
  annotation: { id: 7, axis: 0 },
  labels: [
    { id: 11, value: 1, name: "Liver", colour: "#e69f00" },
    { id: 12, value: 2, name: "Spleen", colour: "#56b4e9" },
  ],
  volume: {
    id: 5,
    name: "CT",
    shape: [20, 30, 40],
    spacing_mm: [5, 1, 1],
    affine: [
      [-1, 0, 0, 0],
      [0, -1, 0, 0],
      [0, 0, 5, 0],
      [0, 0, 0, 1],
    ],
    scale: 1,
    offset: 0,
    window: { center: 40, width: 400 },
    modality: "CT",
    value_range: [-1000, 1500],
    percentiles: [-900, 300],
  },
  urls: { voxels: "/v", socket: "/s/", export: "/e", bring_labels: "/b", labels: "/l", project: "/p" },
};

export function state(given: Partial<State> = {}): State & { type: "state" } {
  return {
    type: "state",
    annotation: 7,
    revision: 0,
    sequence: 0,
    axis: 0,
    prompts: [],
    operations: [],
    undoable: {},
    redoable: {},
    run: null,
    features: { done: 0, total: 20, state: "missing" },
    labels: BOOT.labels,
    people: [ADA],
    workflow: { state: "in_progress", assignee: null },
    ...given,
  };
}
