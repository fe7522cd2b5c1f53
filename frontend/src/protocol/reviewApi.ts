/** The review of an annotation over REST: where it stands, what was decided, what was remarked. */

import type { Person, Voxel } from "./protocol";
import { sendJson } from "./rest";

export type Step = "submit" | "withdraw" | "approve" | "ask" | "reopen";

export interface Decision {
  readonly id: number;
  readonly step: Step;
  readonly user: Person;
  readonly comment: string;
  readonly created: string;
}

export interface Reply {
  readonly id: number;
  readonly user: Person;
  readonly text: string;
}

export interface Remark {
  readonly id: number;
  readonly user: Person;
  readonly label: number | null;
  readonly voxel: Voxel;
  readonly text: string;
  readonly created: string;
  readonly resolved_by: Person | null;
  readonly replies: readonly Reply[];
}

export interface Review {
  readonly state: string;
  /** What whoever asks may do now. */
  readonly steps: readonly Step[];
  readonly decisions: readonly Decision[];
  readonly remarks: readonly Remark[];
}

const of = (annotation: number) => `/api/annotations/${annotation}`;

export async function readReview(annotation: number): Promise<Review> {
  return (await sendJson("GET", `${of(annotation)}/review`)) as Review;
}

export async function decide(annotation: number, step: Step, comment: string): Promise<Review> {
  return (await sendJson("POST", `${of(annotation)}/decisions`, { step, comment })) as Review;
}

export async function addRemark(annotation: number, voxel: Voxel, text: string, label: number | null): Promise<void> {
  await sendJson("POST", `${of(annotation)}/remarks`, { voxel, text, label });
}

export async function addReply(remark: number, text: string): Promise<void> {
  await sendJson("POST", `/api/remarks/${remark}/replies`, { text });
}

export async function resolveRemark(remark: number, resolved: boolean): Promise<void> {
  await sendJson("PUT", `/api/remarks/${remark}/resolution`, { resolved });
}
