/**
 * Watches the sequence numbers of slices, so that one that got lost on the way is asked for again.
 *
 * While catching up (after connecting or after a resync) the server sends current slices only, whose numbers
 * have holes; `synced` then says up to where everything has been sent.
 */
export class SequenceTracker {
  private contiguousUpTo = 0;
  private readonly ahead = new Set<number>();
  private catchingUpNow = true;

  /** The highest number up to which nothing is missing. */
  get contiguous(): number {
    return this.contiguousUpTo;
  }

  get catchingUp(): boolean {
    return this.catchingUpNow;
  }

  /** Whether something is missing that nobody has asked for yet. */
  get gap(): boolean {
    return !this.catchingUpNow && this.ahead.size > 0;
  }

  beginCatchUp(): void {
    this.catchingUpNow = true;
  }

  saw(sequence: number): void {
    if (sequence <= this.contiguousUpTo) return;
    this.ahead.add(sequence);
    this.advance();
  }

  synced(sequence: number): void {
    this.catchingUpNow = false;
    this.contiguousUpTo = Math.max(this.contiguousUpTo, sequence);
    for (const seen of this.ahead) if (seen <= this.contiguousUpTo) this.ahead.delete(seen);
    this.advance();
  }

  private advance(): void {
    while (this.ahead.delete(this.contiguousUpTo + 1)) this.contiguousUpTo++;
  }
}
