/** At most one call an interval; the last value always gets through. */
export class Throttle<T> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: { value: T } | null = null;

  constructor(
    private readonly intervalMs: number,
    private readonly act: (value: T) => void,
  ) {}

  push(value: T): void {
    if (this.timer !== undefined) {
      this.waiting = { value };
      return;
    }
    this.act(value);
    this.timer = setTimeout(() => this.release(), this.intervalMs);
  }

  private release(): void {
    this.timer = undefined;
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting) this.push(waiting.value);
  }
}
