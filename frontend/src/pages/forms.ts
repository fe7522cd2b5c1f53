/** Small comforts of the pages' forms, each named by an attribute; without scripts the forms work too. */
export function wireForms(page: Document): void {
  page.addEventListener("change", (event) => {
    const field = event.target instanceof Element ? event.target : null;
    field?.closest<HTMLFormElement>("form[data-submits-itself]")?.requestSubmit();
  });
  page.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement ? event.target : null;
    const question = form?.dataset.asks;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  page.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copies]") : null;
    const field = button?.parentElement?.querySelector<HTMLInputElement>("[data-copied]");
    if (button && field) void copy(field, button);
  });
}

async function copy(field: HTMLInputElement, button: HTMLElement): Promise<void> {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
  } catch {
    // Without https there is no clipboard: the text is selected, to be copied by hand.
    button.textContent = "Selected";
  }
}
