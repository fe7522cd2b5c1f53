/** How long a click takes to become visible, measured in the page (see `window.s2v`). */

export interface ClickTiming {
  /** Milliseconds of `performance.now()`; null while it has not happened. */
  click: number;
  acknowledged: number | null;
  firstFrame: number | null;
  firstPaint: number | null;
  done: number | null;
  /** The revision that the click made; 0 until acknowledged. */
  revision: number;
}

const KEPT = 200;

export class ClickTimings {
  readonly all: ClickTiming[] = [];
  private readonly open = new Map<string, ClickTiming>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  clicked(request: string): void {
    const timing = {
      click: this.now(),
      acknowledged: null,
      firstFrame: null,
      firstPaint: null,
      done: null,
      revision: 0,
    };
    this.open.set(request, timing);
    this.all.push(timing);
    if (this.all.length > KEPT) this.all.shift();
    performance.mark("s2v:click", { startTime: timing.click });
  }

  /** Returns the milliseconds from the click to the acknowledgement. */
  acknowledged(request: string, revision: number): number | null {
    const timing = this.open.get(request);
    if (!timing) return null;
    this.open.delete(request);
    timing.acknowledged = this.now();
    timing.revision = revision;
    return timing.acknowledged - timing.click;
  }

  /** Frames up to this revision have come in. Frames can overtake the acknowledgement: they count from then on. */
  framesArrived(revision: number): void {
    this.stamp("firstFrame", revision);
  }

  painted(): void {
    for (const timing of this.all) {
      if (timing.firstFrame !== null && timing.firstPaint === null) {
        timing.firstPaint = this.now();
        performance.measure("s2v:click-to-paint", { start: timing.click, end: timing.firstPaint });
      }
    }
  }

  runDone(revision: number): void {
    this.stamp("done", revision);
  }

  private stamp(field: "firstFrame" | "done", revision: number): void {
    for (const timing of this.all) {
      if (timing.revision > 0 && timing.revision <= revision && timing[field] === null) {
        timing[field] = this.now();
      }
    }
  }
}
