/** How long a click takes to become visible, measured in the page (see `window.s2v`). */

/** Milliseconds of `performance.now()`; null while it has not happened. */
export interface ClickTiming {
  readonly click: number;
  readonly acknowledged: number | null;
  readonly firstFrame: number | null;
  readonly firstPaint: number | null;
  readonly done: number | null;
}

interface Click {
  readonly click: number;
  acknowledged: number | null;
  /** The revision that the click made; 0 until acknowledged. */
  revision: number;
}

const KEPT = 200;

/** When a stage was first reached for each revision, oldest first. */
class Stage {
  private readonly times: [revision: number, time: number][] = [];

  reached(revision: number, time: number): void {
    const last = this.times.at(-1);
    if (last && last[0] >= revision) return;
    this.times.push([revision, time]);
    if (this.times.length > KEPT) this.times.shift();
  }

  /** A later revision contains the earlier ones. */
  timeOf(revision: number): number | null {
    return this.times.find(([reached]) => reached >= revision)?.[1] ?? null;
  }
}

/** Slices can overtake the acknowledgement; so stages are noted by revision and matched with clicks when asked. */
export class ClickTimings {
  private readonly clicks: Click[] = [];
  private readonly open = new Map<string, Click>();
  private readonly frames = new Stage();
  private readonly paints = new Stage();
  private readonly ends = new Stage();
  private shownRevision = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  clicked(request: string): void {
    const click: Click = { click: this.now(), acknowledged: null, revision: 0 };
    this.open.set(request, click);
    this.clicks.push(click);
    if (this.clicks.length > KEPT) this.clicks.shift();
  }

  /** Returns the milliseconds from the click to the acknowledgement; null for what was no click of this page. */
  acknowledged(request: string, revision: number): number | null {
    const click = this.open.get(request);
    if (!click) return null;
    this.open.delete(request);
    click.acknowledged = this.now();
    click.revision = revision;
    return click.acknowledged - click.click;
  }

  framesArrived(revision: number): void {
    this.shownRevision = Math.max(this.shownRevision, revision);
    this.frames.reached(this.shownRevision, this.now());
  }

  /** Everything that had arrived is on screen. */
  painted(): void {
    if (this.shownRevision > 0) this.paints.reached(this.shownRevision, this.now());
  }

  runDone(revision: number): void {
    this.ends.reached(revision, this.now());
  }

  get all(): ClickTiming[] {
    return this.clicks.map(({ click, acknowledged, revision }) => ({
      click,
      acknowledged,
      firstFrame: revision ? this.frames.timeOf(revision) : null,
      firstPaint: revision ? this.paints.timeOf(revision) : null,
      done: revision ? this.ends.timeOf(revision) : null,
    }));
  }
}
