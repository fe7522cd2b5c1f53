/**
 * The words of the annotation socket: the only file of the front end that knows the wire.
 *
 * Pinned together with the server by `tests/contract/`. Whatever the server sends is parsed strictly: an
 * unknown type, a foreign field or bytes that do not add up throw `Malformed`; nothing is repaired.
 */

import {
  dictionary,
  finite,
  list,
  Malformed,
  nullable,
  oneOf,
  type Reader,
  record,
  text,
  truth,
  tuple,
  whole,
} from "./parse";
import { decodeRuns } from "./runLength";

/** Storage-axis voxel (z, y, x). */
export type Voxel = readonly [z: number, y: number, x: number];
/** What is said to the model. */
export type SaidKind = "point" | "box" | "scribble" | "lasso";
/**
 * An active edit: what was said, a stroke of the hand ("mask"), that the model takes up what was painted, the lock of a
 * label or of a slice (`positive` where it locks), or that a label ends (`positive` towards higher slices).
 */
export type PromptKind = SaidKind | "mask" | "carry" | "lock" | "end";
/** What is drawn with a stroke of the pointer. */
export type DrawnKind = "box" | "scribble" | "lasso";

export interface Person {
  id: number;
  name: string;
}
export interface Label {
  id: number;
  value: number;
  name: string;
  colour: string;
}
export interface Prompt {
  edit: number;
  label: number;
  kind: PromptKind;
  positive: boolean;
  voxels: Voxel[];
  user: Person;
}
/** An active operation on a whole label. */
export interface Operation {
  edit: number;
  label: number;
  name: string;
  user: Person;
}
export interface Run {
  run: number;
  revision: number;
  state: "queued" | "running" | "done" | "failed" | "superseded";
  slices_done: number;
  slices_remaining: number;
  slices_per_second: number;
  waiting: number;
  sentence: string;
}
export interface FeatureProgress {
  done: number;
  total: number;
  state: "missing" | "making" | "ready" | "failed";
}
export interface PromptsOfAll {
  revision: number;
  prompts: Prompt[];
  operations: Operation[];
  undoable: Record<string, number>;
  redoable: Record<string, number>;
}
/** Where the annotation stands between the people who work on it, and whose work it is. */
export interface Workflow {
  state: "new" | "in_progress" | "submitted" | "changes_asked" | "approved";
  assignee: Person | null;
}
/** Where a person is now: the voxels under the crosshair and, on an image, under the pointer. */
export interface Presence {
  user: number;
  at: Voxel;
  pointer: Voxel | null;
}
export interface State extends PromptsOfAll {
  annotation: number;
  sequence: number;
  axis: number;
  run: Run | null;
  features: FeatureProgress;
  labels: Label[];
  people: Person[];
  workflow: Workflow;
}

type Tagged<Type extends string, Fields> = { type: Type } & Fields;
export type ServerMessage =
  | Tagged<"state", State>
  | Tagged<"ack", { request: string; revision: number; edit: number }>
  | Tagged<"refused", { request: string | null; sentence: string }>
  | Tagged<"prompts", PromptsOfAll>
  | Tagged<"run", Run>
  | Tagged<"features", FeatureProgress>
  | Tagged<"labels", { labels: Label[] }>
  | Tagged<"people", { people: Person[] }>
  | Tagged<"presence", Presence>
  | Tagged<"workflow", Workflow>
  | Tagged<"synced", { sequence: number }>;

/** Voxels that are a label from now on, or none (0): those of a box that `runs` (see `strokeRuns.ts`) say. */
export interface CodedStroke {
  label: number;
  /** The box's lowest voxel and its extent, on the storage axes. */
  low: Voxel;
  shape: Voxel;
  runs: string;
  /** Whether the model takes it up on the neighbouring slices at once. */
  carry: boolean;
}

/** An operation on whole labels, with what it is given besides; the server says what each needs. */
export interface OperationRequest {
  name: string;
  label: number;
  /** First and last index along the propagation axis; null for all. */
  slices: readonly [number, number] | null;
  over: "background" | "any";
  locked: readonly number[];
  [parameter: string]: unknown;
}

/** What changes the annotation; kept by the client until the server has acknowledged its `request`. */
export type EditMessage =
  | {
      type: "prompt.add";
      request: string;
      label: number;
      kind: SaidKind;
      positive: boolean;
      voxels: readonly Voxel[];
    }
  | ({ type: "stroke.add"; request: string } & CodedStroke)
  | { type: "carry"; request: string }
  | { type: "operation.add"; request: string; operation: OperationRequest }
  | { type: "lock"; request: string; target: "label" | "slice"; place: number; locked: boolean }
  | { type: "end"; request: string; label: number; z: number; towards: 1 | -1 }
  | { type: "prompt.remove"; request: string; edit: number }
  | { type: "undo"; request: string }
  | { type: "redo"; request: string };
export type ClientMessage =
  | EditMessage
  | { type: "view"; z: readonly number[] }
  | { type: "look"; at: Voxel; pointer: Voxel | null }
  | { type: "resync"; since: number };

const voxel = tuple(whole, 3) as unknown as Reader<Voxel>;
const person = record<Person>({ id: whole, name: text });
const label = record<Label>({ id: whole, value: whole, name: text, colour: text });
const kind = oneOf("point", "box", "scribble", "lasso", "mask", "carry", "lock", "end");

const prompt = record<Prompt>({
  edit: whole,
  label: whole,
  kind,
  positive: truth,
  voxels: list(voxel),
  user: person,
});

const operation = record<Operation>({ edit: whole, label: whole, name: text, user: person });

const runFields = {
  run: whole,
  revision: whole,
  state: oneOf("queued", "running", "done", "failed", "superseded"),
  slices_done: whole,
  slices_remaining: whole,
  slices_per_second: finite,
  waiting: whole,
  sentence: text,
} as const;

const featureFields = {
  done: whole,
  total: whole,
  state: oneOf("missing", "making", "ready", "failed"),
} as const;

const promptsFields = {
  revision: whole,
  prompts: list(prompt),
  operations: list(operation),
  undoable: dictionary(whole),
  redoable: dictionary(whole),
} as const;

const workflowFields = {
  state: oneOf("new", "in_progress", "submitted", "changes_asked", "approved"),
  assignee: nullable(person),
} as const;

const stateFields = {
  ...promptsFields,
  annotation: whole,
  sequence: whole,
  axis: whole,
  run: nullable(record<Run>(runFields)),
  features: record<FeatureProgress>(featureFields),
  labels: list(label),
  people: list(person),
  workflow: record<Workflow>(workflowFields),
} as const;

function message<Type extends string, Fields extends object>(
  type: Type,
  fields: { readonly [K in keyof Fields]: Reader<Fields[K]> },
): Reader<Tagged<Type, Fields>> {
  return record({ type: oneOf(type), ...fields } as unknown as {
    readonly [K in keyof Tagged<Type, Fields>]: Reader<Tagged<Type, Fields>[K]>;
  });
}

const messages: { readonly [T in ServerMessage["type"]]: Reader<Extract<ServerMessage, { type: T }>> } = {
  state: message<"state", State>("state", stateFields),
  ack: message("ack", { request: text, revision: whole, edit: whole }),
  refused: message("refused", { request: nullable(text), sentence: text }),
  prompts: message<"prompts", PromptsOfAll>("prompts", promptsFields),
  run: message<"run", Run>("run", runFields),
  features: message<"features", FeatureProgress>("features", featureFields),
  labels: message("labels", { labels: list(label) }),
  people: message("people", { people: list(person) }),
  presence: message("presence", { user: whole, at: voxel, pointer: nullable(voxel) }),
  workflow: message("workflow", workflowFields),
  synced: message("synced", { sequence: whole }),
};

function jsonOf(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new Malformed("The message is not JSON.");
  }
}

/** Parse a text message of the server. Throws `Malformed` for anything outside the contract. */
export function parseServerMessage(source: string): ServerMessage {
  const value = jsonOf(source);
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(messages, type)) {
    throw new Malformed(`Unknown message type ${String(type)}.`);
  }
  return messages[type as ServerMessage["type"]](value, "");
}

export function encodeClientMessage(outgoing: ClientMessage): string {
  return JSON.stringify(outgoing);
}

export const TRUST_LEVELS = ["model", "prompted", "painted", "interpolated", "reviewed"] as const;
export type Trust = (typeof TRUST_LEVELS)[number];

/** One slice of labels. Rows and columns are the two storage axes other than the propagation axis, in order. */
export interface Frame {
  annotation: number;
  revision: number;
  sequence: number;
  /** Index along the propagation axis. */
  z: number;
  trust: Trust;
  row0: number;
  col0: number;
  rows: number;
  cols: number;
  /** Pairs of label and confidence 0..255. */
  confidence: readonly (readonly [label: number, confidence: number])[];
  /** One byte a voxel, row-major over the box; everything outside the box is 0. */
  labels: Uint8Array<ArrayBuffer>;
}

const HEADER_BYTES = 30;
const VERSION = 1;
const CODEC_RUN_LENGTH = 1;

/** All frames of one binary message. Throws `Malformed` if any byte of it is not as agreed. */
export function decodeFrames(buffer: ArrayBuffer): Frame[] {
  const frames: Frame[] = [];
  const view = new DataView(buffer);
  let position = 0;
  while (position < buffer.byteLength) {
    const length = frameLength(view, position);
    frames.push(decodeFrame(view, position, length));
    position += length;
  }
  if (frames.length === 0) throw new Malformed("The message holds no frame.");
  return frames;
}

function frameLength(view: DataView, start: number): number {
  const rest = view.byteLength - start;
  if (rest < HEADER_BYTES) throw new Malformed("The message ends within a header.");
  const length = view.getUint32(start, true);
  if (length < HEADER_BYTES || length > rest) throw new Malformed("The message ends within a frame.");
  return length;
}

function decodeFrame(view: DataView, start: number, length: number): Frame {
  const version = view.getUint8(start + 4);
  const codec = view.getUint8(start + 5);
  if (version !== VERSION || codec !== CODEC_RUN_LENGTH) {
    throw new Malformed(`Version ${version} with codec ${codec} is not known.`);
  }
  const trust = TRUST_LEVELS[view.getUint8(start + 6)];
  if (trust === undefined) throw new Malformed("The trust level is not known.");
  const pairs = view.getUint8(start + 7);
  const payloadStart = start + HEADER_BYTES + 2 * pairs;
  const end = start + length;
  if (payloadStart > end) throw new Malformed("The message ends within the confidences.");
  const rows = view.getUint16(start + 26, true);
  const cols = view.getUint16(start + 28, true);
  const payload = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset + payloadStart, end - payloadStart);
  return {
    annotation: view.getUint32(start + 8, true),
    revision: view.getUint32(start + 12, true),
    sequence: view.getUint32(start + 16, true),
    z: view.getUint16(start + 20, true),
    trust,
    row0: view.getUint16(start + 22, true),
    col0: view.getUint16(start + 24, true),
    rows,
    cols,
    confidence: readPairs(view, start + HEADER_BYTES, pairs),
    labels: decodeRuns(payload, rows * cols),
  };
}

function readPairs(view: DataView, start: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => [
    view.getUint8(start + 2 * index),
    view.getUint8(start + 2 * index + 1),
  ]);
}
