import { csrfToken } from "../protocol/rest";
import { filesOf, MOST_FILES, type Parcel, parcelsOf } from "./parcels";

interface ImportState {
  state: "queued" | "importing" | "ready" | "failed";
  progress: number;
  sentence: string;
  case: number | null;
}

const POLL_MS = 500;
const WORDS = { queued: "waiting", importing: "reading", ready: "ready", failed: "failed" };

/** Drag and drop, or choosing: each file goes up with progress, then its import is followed until it is a case. */
export function wireUploads(drop: HTMLElement, list: HTMLElement): void {
  const url = drop.dataset.uploads ?? "";
  const bring = (files: readonly File[]) => {
    for (const parcel of parcelsOf(files)) void upload(url, parcel, list);
  };

  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    void filesOf(event.dataTransfer).then(bring);
  });

  const input = drop.querySelector<HTMLInputElement>("input[type=file]");
  input?.addEventListener("change", () => {
    bring([...(input.files ?? [])]);
    input.value = "";
  });

  for (const item of list.querySelectorAll<HTMLElement>("[data-upload]")) {
    const running = item.dataset.state === "queued" || item.dataset.state === "importing";
    if (running) void follow(Number(item.dataset.upload), new UploadItem(item));
  }
}

/** One line of the list. */
class UploadItem {
  constructor(private readonly item: HTMLElement) {}

  static add(list: HTMLElement, name: string): UploadItem {
    const item = document.createElement("li");
    item.className = "upload";
    const title = document.createElement("span");
    title.className = "upload-name";
    title.textContent = name;
    const state = document.createElement("span");
    state.className = "upload-state";
    const progress = document.createElement("progress");
    progress.max = 1;
    item.append(title, state, progress);
    list.prepend(item);
    return new UploadItem(item);
  }

  show(words: string, fraction: number): void {
    const state = this.item.querySelector(".upload-state");
    if (state) state.textContent = words;
    const progress = this.item.querySelector("progress");
    if (progress) progress.value = fraction;
  }

  fail(sentence: string): void {
    this.show(sentence, 0);
    this.item.classList.add("is-failed");
  }

  remove(): void {
    this.item.remove();
  }
}

async function upload(url: string, parcel: Parcel, list: HTMLElement): Promise<void> {
  const item = UploadItem.add(list, parcel.name);
  try {
    if (parcel.files.length > MOST_FILES)
      throw new Error(`These are more than ${MOST_FILES} files: please bring them as one .zip.`);
    const id = await send(url, parcel, (fraction) => item.show(`sending, ${Math.round(fraction * 100)} %`, fraction));
    await follow(id, item);
  } catch (error) {
    item.fail(error instanceof Error ? error.message : String(error));
  }
}

/** XMLHttpRequest, because fetch does not tell how much has been sent. */
function send(url: string, parcel: Parcel, onProgress: (fraction: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded / Math.max(1, event.total)));
    request.addEventListener("load", () => {
      const answer = request.response as { id?: number; sentence?: string; detail?: string } | null;
      if (request.status === 202 && answer?.id) resolve(answer.id);
      else
        reject(new Error(answer?.sentence ?? answer?.detail ?? `The server answered with status ${request.status}.`));
    });
    request.addEventListener("error", () => reject(new Error("The connection broke off while the file was sent.")));
    const form = new FormData();
    for (const file of parcel.files) form.append("file", file);
    if (parcel.isSeries) form.append("series", "1");
    request.send(form);
  });
}

async function follow(id: number, item: UploadItem): Promise<void> {
  for (;;) {
    const state = await stateOf(id);
    if (state?.state === "failed") return item.fail(state.sentence);
    if (state?.state === "ready") {
      await refreshCases();
      return item.remove();
    }
    if (state) item.show(WORDS[state.state], state.progress);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function stateOf(id: number): Promise<ImportState | undefined> {
  try {
    const response = await fetch(`/api/uploads/${id}`);
    if (response.ok) return (await response.json()) as ImportState;
  } catch {
    return undefined; // The server is away for a moment: ask again.
  }
  return { state: "failed", progress: 0, sentence: "This upload is not known to the server any more.", case: null };
}

/** The server renders the table, its count and what can be done with it; we only put the new ones in the old ones' place. */
async function refreshCases(): Promise<void> {
  const response = await fetch(window.location.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const chosen = [...document.querySelectorAll<HTMLInputElement>("[data-cases] input:checked")].map(
    ({ value }) => value,
  );
  for (const part of ["[data-cases]", "[data-cases-count]", "[data-cases-foot]"]) {
    const fresh = page.querySelector(part);
    if (fresh) document.querySelector(part)?.replaceWith(fresh);
  }
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-cases] input[name=case]"))
    box.checked = chosen.includes(box.value);
}
