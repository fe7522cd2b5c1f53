import { sendJson } from "../protocol/rest";

/** Rename and recolour in place, add at the end; the server's sentence shows where it refuses. */
export function wireLabels(list: HTMLElement): void {
  const problem = document.querySelector<HTMLElement>("[data-label-problem]");
  const say = (sentence: string) => {
    if (!problem) return;
    problem.textContent = sentence;
    problem.hidden = sentence === "";
  };
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      say("");
      return true;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
      return false;
    }
  };

  for (const item of list.querySelectorAll<HTMLElement>("[data-label]")) wireLabel(item, attempt);

  const form = document.querySelector<HTMLFormElement>("[data-new-label]");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = String(new FormData(form).get("name") ?? "");
    const url = list.dataset.labels ?? "";
    if (await attempt(() => sendJson("POST", url, { name }))) window.location.reload();
  });
}

function wireLabel(item: HTMLElement, attempt: (work: () => Promise<unknown>) => Promise<boolean>): void {
  const url = item.dataset.label ?? "";
  for (const input of item.querySelectorAll("input")) {
    let kept = input.value;
    const property = input.type === "color" ? "colour" : "name";
    input.addEventListener("change", async () => {
      if (await attempt(() => sendJson("PATCH", url, { [property]: input.value }))) kept = input.value;
      else input.value = kept;
    });
  }
}
