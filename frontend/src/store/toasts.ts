/** Short sentences for the user that go away by themselves. */

import { signal } from "@preact/signals";

export type ToastTone = "info" | "problem";

export interface Toast {
  readonly id: number;
  readonly tone: ToastTone;
  readonly sentence: string;
}

const SHOWN_MS: Readonly<Record<ToastTone, number>> = { info: 4_000, problem: 9_000 };
const MOST_AT_ONCE = 4;

export class Toasts {
  readonly shown = signal<readonly Toast[]>([]);
  private nextId = 1;

  say(sentence: string, tone: ToastTone = "info"): void {
    const repeated = this.shown.value.find((toast) => toast.sentence === sentence);
    if (repeated) this.dismiss(repeated.id);
    const toast: Toast = { id: this.nextId++, tone, sentence };
    this.shown.value = [...this.shown.value, toast].slice(-MOST_AT_ONCE);
    setTimeout(() => this.dismiss(toast.id), SHOWN_MS[tone]);
  }

  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((toast) => toast.id !== id);
  }
}
