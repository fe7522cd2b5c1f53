import { sendJson } from "../protocol/rest";

export interface ExportState {
  id: number;
  state: "queued" | "writing" | "ready" | "failed";
  progress: number;
}

const POLL_MS = 500;
const LIST = "[data-exports]";

/** Ask for an export, and follow those under way until the server lists them as written. */
export function wireExports(form: HTMLFormElement): void {
  const url = form.dataset.newExport ?? "";
  const problem = form.querySelector<HTMLElement>("[data-export-problem]");
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    let sentence = "";
    try {
      await work();
      await refreshList();
    } catch (error) {
      sentence = error instanceof Error ? error.message : String(error);
    }
    if (problem) {
      problem.textContent = sentence;
      problem.hidden = sentence === "";
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await attempt(() => sendJson("POST", url, wantedOf(new FormData(form))));
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-remove]") : null;
    if (button) void attempt(() => sendJson("DELETE", button.dataset.remove ?? "", {}));
  });
  void follow(url);
}

/** What the form asks for, in the words of the API. */
export function wantedOf(form: FormData): object {
  const number = (name: string) => Number(form.get(name));
  return {
    formats: form.getAll("formats"),
    selection: form.get("selection"),
    split: { train: number("train"), val: number("val"), test: number("test"), seed: number("seed") },
  };
}

async function follow(url: string): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (document.hidden || unfinished().length === 0) continue;
    try {
      const response = await fetch(url);
      if (response.ok) await show((await response.json()) as ExportState[]);
    } catch {
      // The server is away for a moment: ask again.
    }
  }
}

function unfinished(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-export][data-state="queued"], [data-state="writing"]')];
}

async function show(states: ExportState[]): Promise<void> {
  const known = new Map(states.map((state) => [String(state.id), state]));
  for (const row of unfinished()) {
    const now = known.get(row.dataset.export ?? "");
    if (now?.state !== row.dataset.state) return refreshList();
    const bar = row.querySelector("progress");
    if (bar && now) bar.value = now.progress;
  }
}

/** The server renders the list; we only put the new one in the old one's place. */
async function refreshList(): Promise<void> {
  const response = await fetch(window.location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector(LIST);
  if (fresh) document.querySelector(LIST)?.replaceWith(fresh);
}
