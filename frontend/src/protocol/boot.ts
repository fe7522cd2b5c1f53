/** What the page tells the workspace before the socket is open: the JSON in `<script id="boot">`. */

import { fields, finite, list, Malformed, oneOf, type Reader, text, tuple, whole } from "./parse";
import type { Label, Person } from "./protocol";

type Triple = readonly [number, number, number];

export interface BootVolume {
  id: number;
  name: string;
  /** Voxels along the storage axes (z, y, x). */
  shape: Triple;
  /** Spacing along the storage axes (z, y, x). */
  spacing_mm: Triple;
  /** 4 x 4, rows first; maps voxel (x, y, z) to RAS millimetres. */
  affine: number[][];
  /** Real value = scale * stored int16 + offset. */
  scale: number;
  offset: number;
  window: { center: number; width: number };
  modality: "CT" | "MR" | "other";
  value_range: readonly [number, number];
  percentiles: readonly [number, number];
}

export interface Boot {
  user: Person;
  project: { id: number; name: string };
  case: { id: number; name: string };
  /** `axis`: the storage axis (0 = z) along which labels are propagated. */
  annotation: { id: number; axis: 0 | 1 | 2 };
  labels: Label[];
  volume: BootVolume;
  urls: { voxels: string; socket: string; export: string; bring_labels: string; labels: string; project: string };
}

const triple = (reader: Reader<number>) => tuple(reader, 3) as unknown as Reader<Triple>;
const storageAxis: Reader<0 | 1 | 2> = (value, place) => {
  if (value === 0 || value === 1 || value === 2) return value;
  throw new Malformed(`${place}: expected a storage axis`);
};
const pair = tuple(finite, 2) as unknown as Reader<readonly [number, number]>;
const named = fields<{ id: number; name: string }>({ id: whole, name: text });

const boot = fields<Boot>({
  user: named,
  project: named,
  case: named,
  annotation: fields<Boot["annotation"]>({ id: whole, axis: storageAxis }),
  labels: list(fields<Label>({ id: whole, value: whole, name: text, colour: text })),
  volume: fields<BootVolume>({
    id: whole,
    name: text,
    shape: triple(whole),
    spacing_mm: triple(finite),
    affine: tuple(tuple(finite, 4), 4),
    scale: finite,
    offset: finite,
    window: fields<BootVolume["window"]>({ center: finite, width: finite }),
    modality: oneOf("CT", "MR", "other"),
    value_range: pair,
    percentiles: pair,
  }),
  urls: fields<Boot["urls"]>({
    voxels: text,
    socket: text,
    export: text,
    bring_labels: text,
    labels: text,
    project: text,
  }),
});

/** Parse the boot JSON. Throws `Malformed` where something is missing. */
export function parseBoot(source: string): Boot {
  return boot(JSON.parse(source), "boot");
}
