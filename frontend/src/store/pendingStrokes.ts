/** Strokes of mine that are shown before the server has carried them out. */

import { signal } from "@preact/signals";
import { decodedRegion, type Region } from "../painting/region";
import type { EditMessage, Run } from "../protocol/protocol";

type StrokeEdit = Extract<EditMessage, { type: "stroke.add" }>;

export interface PendingStroke {
  readonly request: string;
  readonly label: number;
  readonly region: Region;
  /** What the server made of it; null until it is acknowledged. */
  readonly made: { readonly edit: number; readonly revision: number } | null;
}

/** The last slices of a run may come a little after the word that it is done. */
const AFTER_DONE_MS = 400;

export class PendingStrokes {
  readonly all = signal<readonly PendingStroke[]>([]);

  /** `region` is what `edit` says, where that is at hand. */
  add(edit: StrokeEdit, region: Region = decodedRegion(edit)): void {
    this.all.value = [...this.all.value, { request: edit.request, label: edit.label, region, made: null }];
  }

  acknowledge(request: string, revision: number, edit: number): void {
    if (!this.all.value.some((stroke) => stroke.request === request)) return;
    this.all.value = this.all.value.map((stroke) =>
      stroke.request === request ? { ...stroke, made: { edit, revision } } : stroke,
    );
  }

  drop(request: string): void {
    this.keep((stroke) => stroke.request !== request);
  }

  /** The active edits of a revision: a stroke that it should hold and does not was taken back. */
  applyEdits(revision: number, edits: readonly { readonly edit: number }[]): void {
    const active = new Set(edits.map(({ edit }) => edit));
    this.keep(({ made }) => made === null || made.revision > revision || active.has(made.edit));
  }

  /** A run that is over has carried out, or refused, all that was said up to its revision. */
  applyRun(run: Run): void {
    if (run.state !== "done" && run.state !== "failed") return;
    setTimeout(() => this.keep(({ made }) => made === null || made.revision > run.revision), AFTER_DONE_MS);
  }

  private keep(wanted: (stroke: PendingStroke) => boolean): void {
    const kept = this.all.value.filter(wanted);
    if (kept.length < this.all.value.length) this.all.value = kept;
  }
}
