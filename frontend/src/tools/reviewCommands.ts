/** What each action of the key map does that concerns the review. */

import type { ReviewStore } from "../store/review";
import type { Command } from "./commands";
import type { Workspace } from "./workspace";

export function reviewCommands(review: ReviewStore, workspace: Workspace): ReadonlyMap<string, Command> {
  let last = 0;
  return new Map<string, Command>([
    [
      "review.open",
      () => {
        review.open.value = !review.open.value;
      },
    ],
    [
      "review.remark",
      () => {
        const open = review.openRemarks.value;
        const next = open.find((remark) => remark.id > last) ?? open[0];
        if (next === undefined) workspace.toasts.say("No remark is open.");
        else {
          last = next.id;
          review.open.value = true;
          workspace.goTo(next.voxel);
        }
      },
    ],
  ]);
}
