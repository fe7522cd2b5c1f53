/** Everything the panels show, as signals. Only `apply…` methods change what the server says. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Boot } from "../protocol/boot";
import type { ConnectionState } from "../protocol/connection";
import type {
  EditMessage,
  FeatureProgress,
  Frame,
  Label,
  Operation,
  Person,
  Prompt,
  PromptsOfAll,
  Run,
  SaidKind,
  State,
  Workflow,
} from "../protocol/protocol";
import { Companions } from "./companions";
import { type Locks, locksOf } from "./locks";
import { PendingStrokes } from "./pendingStrokes";
import { SliceTable } from "./sliceTable";

type PromptEdit = Extract<EditMessage, { type: "prompt.add" }>;

/** A prompt of mine that is not among the server's yet. */
export interface PendingPrompt {
  readonly edit: PromptEdit;
  /** The revision that contains it; null until acknowledged. */
  readonly revision: number | null;
}

/** Whether an edit is said to the model, and has a shape to draw. */
function isSaid(prompt: Prompt): prompt is Prompt & { kind: SaidKind } {
  return ["point", "box", "scribble", "lasso"].includes(prompt.kind);
}

/** A short run may be over before the word arrives that it was queued. */
function isOver({ state }: Run): boolean {
  return state === "done" || state === "failed";
}

export type SaveState = "saved" | "saving" | "waiting";

export class AnnotationStore {
  readonly labels: Signal<readonly Label[]>;
  readonly activeLabel: Signal<number>;
  readonly hiddenLabels = signal<ReadonlySet<number>>(new Set());
  readonly prompts = signal<readonly Prompt[]>([]);
  readonly strokes = new PendingStrokes();
  readonly operations = signal<readonly Operation[]>([]);
  readonly pendingPrompts = signal<readonly PendingPrompt[]>([]);
  readonly revision = signal(0);
  /** The newest revision that an edit of this page has made; its prompts and its run may still be on their way. */
  readonly acknowledgedRevision = signal(0);
  readonly run = signal<Run | null>(null);
  readonly features = signal<FeatureProgress>({ done: 0, total: 0, state: "missing" });
  readonly people = signal<readonly Person[]>([]);
  readonly companions: Companions;
  readonly workflow = signal<Workflow>({ state: "new", assignee: null });
  readonly connection = signal<ConnectionState>("connecting");
  /** Whether all current slices have come in once. */
  readonly synced = signal(false);
  /** Edits that the server has not acknowledged. */
  readonly unacknowledged = signal(0);
  /** Milliseconds from the last click to its acknowledgement. */
  readonly latencyMs = signal<number | null>(null);
  /** Share of the image that is loaded, 0..1. */
  readonly imageLoaded = signal(0);
  /** Raised whenever `slices` has changed. */
  readonly sliceChanges = signal(0);
  readonly slices: SliceTable;

  private readonly undoableOf = signal<Record<string, number>>({});
  private readonly redoableOf = signal<Record<string, number>>({});
  readonly undoable: ReadonlySignal<number>;
  readonly redoable: ReadonlySignal<number>;
  readonly locks: ReadonlySignal<Locks>;
  readonly saveState: ReadonlySignal<SaveState>;
  /** Slices computed for the present revision. */
  readonly recomputed: ReadonlySignal<number>;

  constructor(readonly boot: Boot) {
    this.labels = signal(boot.labels);
    this.activeLabel = signal(boot.labels[0]?.value ?? 0);
    this.companions = new Companions(boot.user.id, boot.volume.shape);
    this.slices = new SliceTable(boot.volume.shape[boot.annotation.axis] ?? 0);
    const me = String(boot.user.id);
    this.undoable = computed(() => this.undoableOf.value[me] ?? 0);
    this.redoable = computed(() => this.redoableOf.value[me] ?? 0);
    this.locks = computed(() => locksOf(this.prompts.value, boot.annotation.axis));
    this.saveState = computed(() => {
      if (this.unacknowledged.value === 0) return "saved";
      return this.connection.value === "live" ? "saving" : "waiting";
    });
    this.recomputed = computed(() => {
      this.sliceChanges.value;
      return this.revision.value === 0 ? 0 : this.slices.countAt(this.revision.value);
    });
  }

  applyState(state: State): void {
    batch(() => {
      this.applyPrompts(state);
      this.run.value = state.run;
      this.features.value = state.features;
      this.applyLabels(state.labels);
      this.applyPeople(state.people);
      this.workflow.value = state.workflow;
    });
  }

  applyPrompts(message: PromptsOfAll): void {
    if (message.revision < this.revision.value) return;
    batch(() => {
      this.revision.value = message.revision;
      this.prompts.value = message.prompts;
      this.operations.value = message.operations;
      this.undoableOf.value = message.undoable;
      this.redoableOf.value = message.redoable;
      this.dropArrivedPending();
      this.strokes.applyEdits(message.revision, message.prompts);
    });
  }

  applyLabels(labels: readonly Label[]): void {
    this.labels.value = labels;
    if (!labels.some((label) => label.value === this.activeLabel.value)) {
      this.activeLabel.value = labels[0]?.value ?? 0;
    }
  }

  applyPeople(people: readonly Person[]): void {
    batch(() => {
      this.people.value = people;
      this.companions.keep(people);
    });
  }

  /** A run of an older revision says nothing about what is shown now, nor that one which is over is queued. */
  applyRun(run: Run): void {
    const known = this.run.value;
    if (known?.run === run.run && isOver(known) && !isOver(run)) return;
    if (known && (run.revision < known.revision || (run.revision === known.revision && run.run < known.run))) return;
    this.run.value = run;
    this.strokes.applyRun(run);
  }

  /** Take frames; returns those that are newer than what is shown. */
  applyFrames(frames: readonly Frame[]): Frame[] {
    const mine = frames.filter((frame) => frame.annotation === this.boot.annotation.id);
    const fresh = mine.filter((frame) => this.slices.accept(frame));
    if (fresh.length > 0) this.sliceChanges.value++;
    return fresh;
  }

  addPending(edit: PromptEdit): void {
    this.pendingPrompts.value = [...this.pendingPrompts.value, { edit, revision: null }];
  }

  /** The dot stays pending until the prompts of that revision are here, so that it never blinks. */
  acknowledgePending(request: string, revision: number): void {
    this.pendingPrompts.value = this.pendingPrompts.value.map((pending) =>
      pending.edit.request === request ? { ...pending, revision } : pending,
    );
    this.dropArrivedPending();
  }

  dropPending(request: string): void {
    this.pendingPrompts.value = this.pendingPrompts.value.filter(({ edit }) => edit.request !== request);
  }

  setHidden(label: number, hidden: boolean): void {
    const labels = new Set(this.hiddenLabels.value);
    if (hidden) labels.add(label);
    else labels.delete(label);
    this.hiddenLabels.value = labels;
  }

  labelOf(value: number): Label | undefined {
    return this.labels.value.find((label) => label.value === value);
  }

  /** What was said to the model, with mine that is under way behind it. */
  drawnPrompts(): (Omit<PromptEdit, "type" | "request"> & { readonly pending: boolean })[] {
    return [
      ...this.prompts.value.filter(isSaid).map((prompt) => ({ ...prompt, pending: false })),
      ...this.pendingPrompts.value.map(({ edit }) => ({ ...edit, pending: true })),
    ];
  }

  private dropArrivedPending(): void {
    const here = this.revision.value;
    this.pendingPrompts.value = this.pendingPrompts.value.filter(
      ({ revision }) => revision === null || revision > here,
    );
  }
}
