/** The review as this page knows it: asked for again whenever the socket says that something of it changed. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Voxel } from "../protocol/protocol";
import { RequestFailed } from "../protocol/rest";
import type * as api from "../protocol/reviewApi";
import type { Toasts } from "./toasts";

interface Pin {
  readonly label: 0;
  readonly kind: "pin";
  readonly positive: true;
  readonly voxels: readonly [Voxel];
  readonly pending: false;
}

export type ReviewApi = Pick<typeof api, "readReview" | "decide" | "addRemark" | "addReply" | "resolveRemark">;

export class ReviewStore {
  readonly review = signal<api.Review | null>(null);
  /** Whether the panel is open. */
  readonly open = signal(false);
  readonly openRemarks: ReadonlySignal<readonly api.Remark[]>;
  /** What the images show of them. */
  readonly pins: ReadonlySignal<readonly Pin[]>;
  private asked = 0;

  constructor(
    private readonly annotation: number,
    private readonly api: ReviewApi,
    private readonly toasts: Toasts,
  ) {
    this.openRemarks = computed(() => this.review.value?.remarks.filter((remark) => remark.resolved_by === null) ?? []);
    this.pins = computed(() =>
      this.openRemarks.value.map(({ voxel }) => ({
        label: 0,
        kind: "pin",
        positive: true,
        voxels: [voxel],
        pending: false,
      })),
    );
  }

  /** Ask the server; of answers that overtake each other the one asked for last counts. */
  async refresh(): Promise<void> {
    const number = ++this.asked;
    await this.trying(async () => {
      const found = await this.api.readReview(this.annotation);
      if (number === this.asked) this.review.value = found;
    });
  }

  decide(step: api.Step, comment: string): Promise<boolean> {
    return this.trying(async () => {
      this.review.value = await this.api.decide(this.annotation, step, comment);
    });
  }

  remark(voxel: Voxel, text: string, label: number | null): Promise<boolean> {
    return this.changing(() => this.api.addRemark(this.annotation, voxel, text, label));
  }

  reply(remark: number, text: string): Promise<boolean> {
    return this.changing(() => this.api.addReply(remark, text));
  }

  resolve(remark: number, resolved: boolean): Promise<boolean> {
    return this.changing(() => this.api.resolveRemark(remark, resolved));
  }

  private async changing(change: () => Promise<void>): Promise<boolean> {
    const worked = await this.trying(change);
    if (worked) await this.refresh();
    return worked;
  }

  /** Whether it worked; otherwise a toast has said why. */
  private async trying(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      this.toasts.say(error.message, "problem");
      return false;
    }
  }
}
