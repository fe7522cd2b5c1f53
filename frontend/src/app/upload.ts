/** One file on its way into a project: sent with progress, then followed until the server has imported it. */

import { fields, finite, nullable, oneOf, text, whole } from "../protocol/parse";
import { csrfToken } from "../protocol/rest";

export interface UploadState {
  readonly state: "sending" | "queued" | "importing" | "ready" | "failed";
  /** 0..1 within the state. */
  readonly progress: number;
  readonly sentence: string;
  /** The case that was made of it. */
  readonly case: number | null;
}

const POLL_MS = 400;

const accepted = fields<{ id: number }>({ id: whole });
const imported = fields<UploadState>({
  state: oneOf("queued", "importing", "ready", "failed"),
  progress: finite,
  sentence: text,
  case: nullable(whole),
});

/** Send a file and report until it is ready or has failed. Never throws: a failure is a state with a sentence. */
export async function upload(url: string, file: File, report: (state: UploadState) => void): Promise<void> {
  const say = (state: UploadState["state"], progress: number, sentence = "") =>
    report({ state, progress, sentence, case: null });
  say("sending", 0);
  try {
    const id = await send(url, file, (share) => say("sending", share));
    await follow(id, report);
  } catch (error) {
    say("failed", 0, (error as Error).message);
  }
}

/** `fetch` cannot tell how much has been sent. */
function send(url: string, file: File, progressed: (share: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = (event) => progressed(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Error("The connection broke off before the whole file was sent."));
    request.onload = () => {
      if (request.status >= 300) reject(new Error(refusalOf(request)));
      else resolve(accepted(JSON.parse(request.responseText), "upload").id);
    };
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  });
}

function refusalOf(request: XMLHttpRequest): string {
  try {
    const body = JSON.parse(request.responseText) as { sentence?: unknown; detail?: unknown };
    const sentence = body.sentence ?? body.detail;
    if (typeof sentence === "string") return sentence;
  } catch {
    // The body is no JSON: the status has to do.
  }
  return request.status === 413
    ? "This file is larger than the server takes."
    : `The server answered with status ${request.status}.`;
}

async function follow(id: number, report: (state: UploadState) => void): Promise<void> {
  for (;;) {
    const response = await fetch(`/api/uploads/${id}`);
    if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
    const state = imported(await response.json(), "upload");
    report(state);
    if (state.state === "ready" || state.state === "failed") return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
