import type { TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import type { Decision, Remark, Review, Step } from "../protocol/reviewApi";
import { usePanels, useWorkspace } from "./context";
import { Icon } from "./icons";

export const STATE_WORDS: Readonly<Record<string, string>> = {
  new: "New",
  in_progress: "In progress",
  submitted: "Submitted",
  changes_asked: "Changes asked",
  approved: "Approved",
};
const STEP_WORDS: Readonly<Record<Step, string>> = {
  submit: "Submit",
  withdraw: "Take back",
  approve: "Approve",
  ask: "Ask for changes",
  reopen: "Reopen",
};
const DONE_WORDS: Readonly<Record<Step, string>> = {
  submit: "submitted",
  withdraw: "took it back",
  approve: "approved",
  ask: "asked for changes",
  reopen: "reopened",
};
/** What moves a case on comes first, what takes it back last. */
const ORDER: readonly Step[] = ["submit", "approve", "ask", "reopen", "withdraw"];
const WHEN: Intl.DateTimeFormatOptions = { dateStyle: "short", timeStyle: "short" };
const NEEDS_COMMENT: ReadonlySet<Step> = new Set(["ask", "reopen"]);

/** Where the case stands, in the top bar; opens the panel. */
export function ReviewButton() {
  const { review, keymap } = usePanels();
  const { store } = useWorkspace();
  const state = store.workflow.value.state;
  const open = review.openRemarks.value.length;
  const key = keymap.keysOf("review.open")[0];
  return (
    <button
      type="button"
      class={`button review-chip is-${state}`}
      aria-expanded={review.open.value}
      data-workflow={state}
      title={`Submit, review, remarks — ${key ?? ""}`}
      onClick={() => {
        review.open.value = !review.open.value;
      }}
    >
      {STATE_WORDS[state]}
      {open > 0 && <span class="count">{open === 1 ? "1 remark" : `${open} remarks`}</span>}
    </button>
  );
}

export function ReviewPanel() {
  const { review } = usePanels();
  const known = review.review.value;
  if (!review.open.value || known === null) return null;
  return (
    <section class="review" aria-label="Review">
      <header class="panel-head">
        <h2>Review</h2>
        <button
          type="button"
          class="icon-button is-small"
          aria-label="Close the review"
          onClick={() => {
            review.open.value = false;
          }}
        >
          <Icon name="close" size={14} />
        </button>
      </header>
      <Steps review={known} />
      <Remarks review={known} />
      <History decisions={known.decisions} />
    </section>
  );
}

function Steps({ review }: { review: Review }) {
  const { review: store } = usePanels();
  const { assignee, state } = useWorkspace().store.workflow.value;
  const [comment, setComment] = useState("");
  const take = async (step: Step) => {
    if (await store.decide(step, comment)) setComment("");
  };
  return (
    <div class="review-part">
      <p>
        <strong>{STATE_WORDS[state]}</strong>
        {assignee && <span class="quiet"> · work of {assignee.name}</span>}
      </p>
      {review.steps.length > 0 && (
        <>
          <textarea
            rows={2}
            placeholder="Comment"
            aria-label="Comment on the decision"
            value={comment}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
          <div class="review-steps">
            {ORDER.filter((step) => review.steps.includes(step)).map((step) => (
              <button
                key={step}
                type="button"
                class={step === "submit" || step === "approve" ? "button primary" : "button"}
                disabled={NEEDS_COMMENT.has(step) && comment.trim() === ""}
                title={NEEDS_COMMENT.has(step) ? "Say in the comment what should change" : undefined}
                onClick={() => take(step)}
              >
                {STEP_WORDS[step]}
              </button>
            ))}
          </div>
        </>
      )}
    </div>
  );
}

function Remarks({ review }: { review: Review }) {
  return (
    <div class="review-part">
      <h3>Remarks</h3>
      <NewRemark />
      {review.remarks.length === 0 && <p class="hint">Nobody has remarked anything.</p>}
      <ul class="remarks">
        {review.remarks.map((remark) => (
          <RemarkEntry key={remark.id} remark={remark} />
        ))}
      </ul>
    </div>
  );
}

function NewRemark() {
  const { review } = usePanels();
  const { store, crosshair } = useWorkspace();
  const label = store.labelOf(store.activeLabel.value);
  return (
    <TextForm
      says="Remark at the crosshair"
      about={label?.name}
      button="Remark"
      send={(text) => review.remark(crosshair.value, text, label?.value ?? null)}
    />
  );
}

function RemarkEntry({ remark }: { remark: Remark }) {
  const { review } = usePanels();
  const workspace = useWorkspace();
  const label = remark.label === null ? undefined : workspace.store.labelOf(remark.label);
  const resolved = remark.resolved_by !== null;
  return (
    <li class={resolved ? "remark is-resolved" : "remark"} data-remark={remark.id}>
      <button type="button" class="remark-text" title="Go there" onClick={() => workspace.goTo(remark.voxel)}>
        {label && <span class="swatch" style={{ background: label.colour }} aria-hidden="true" />}
        {remark.text}
      </button>
      <p class="quiet">
        {remark.user.name} · slice {(remark.voxel[workspace.axis] as number) + 1}
        {resolved && ` · resolved by ${remark.resolved_by?.name}`}
      </p>
      {remark.replies.map((reply) => (
        <p key={reply.id} class="reply">
          <strong>{reply.user.name}</strong> {reply.text}
        </p>
      ))}
      {!resolved && <TextForm says="Reply" button="Reply" send={(text) => review.reply(remark.id, text)} />}
      <button type="button" class="button is-small" onClick={() => review.resolve(remark.id, !resolved)}>
        {resolved ? "Open again" : "Resolve"}
      </button>
    </li>
  );
}

function History({ decisions }: { decisions: readonly Decision[] }) {
  if (decisions.length === 0) return null;
  return (
    <div class="review-part">
      <h3>History</h3>
      <ul class="remarks">
        {[...decisions].reverse().map((decision) => (
          <li key={decision.id} class="remark">
            <p>
              <strong>{decision.user.name}</strong> {DONE_WORDS[decision.step]}
              <span class="quiet"> · {new Date(decision.created).toLocaleString(undefined, WHEN)}</span>
            </p>
            {decision.comment && <p class="reply">{decision.comment}</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TextFormProps {
  readonly says: string;
  readonly about?: string | undefined;
  readonly button: string;
  readonly send: (text: string) => Promise<boolean>;
}

/** A line of text with a button; emptied when it was taken. */
function TextForm({ says, about, button, send }: TextFormProps) {
  const [text, setText] = useState("");
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (text.trim() !== "" && (await send(text))) setText("");
  };
  return (
    <form class="in-line" onSubmit={submit}>
      <input
        placeholder={says}
        aria-label={says}
        title={about && `It will be about: ${about}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="button is-small" disabled={text.trim() === ""}>
        {button}
      </button>
    </form>
  );
}
