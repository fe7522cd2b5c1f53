/** How far a run is, in words. */

import type { Run } from "../protocol/protocol";
import { compact } from "./format";

/** `recomputed` of `total` slices are of the run's revision; restored ones are among them, but not in `run.slices_done`. */
export function runSentence(run: Run, recomputed: number, total: number): string {
  switch (run.state) {
    case "queued":
      return run.waiting > 0 ? `Waiting behind ${run.waiting}` : "Starting…";
    case "running": {
      if (run.sentence) return run.sentence;
      const rate = run.slices_per_second > 0 ? ` · ${compact(Math.round(run.slices_per_second))} slices/s` : "";
      return `Propagating: ${run.slices_done} slices${rate} · at most ${run.slices_remaining} to go`;
    }
    case "done": {
      if (run.sentence) return run.sentence;
      if (run.slices_done === 0) return "Restored: nothing had to be recomputed";
      // A slice that both directions passed was done twice.
      const slices = Math.min(run.slices_done, Math.max(1, recomputed), total);
      const rate = run.slices_per_second > 0 ? ` · ${Math.round(run.slices_per_second)} slices/s` : "";
      return `Recomputed ${slices} of ${total} slices${rate}`;
    }
    case "failed":
      return run.sentence || "The propagation failed.";
    case "superseded":
      return "Starting again with the newer edit…";
  }
}
