/**
 * Edits that the server has not acknowledged yet.
 *
 * They outlive a lost connection, a reload and a closed tab: each one has its own key in the browser's storage.
 * Sending an edit twice does no harm, because the server takes each request id once; so every tab of the same
 * user may adopt what is left over.
 */

import type { EditMessage } from "./protocol";

export type KeyValueStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

interface Stored {
  madeAt: number;
  order: number;
  edit: EditMessage;
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== "object" || value === null) return false;
  const { madeAt, order, edit } = value as Partial<Stored>;
  return typeof madeAt === "number" && typeof order === "number" && typeof edit?.request === "string";
}

export class Outbox {
  private readonly entries = new Map<string, Stored>();
  private order = 0;

  /** `owner` separates users and annotations that share a browser. `storage` is null where the browser has none. */
  constructor(
    private readonly owner: string,
    private readonly storage: KeyValueStorage | null,
    private readonly now: () => number = Date.now,
  ) {
    for (const stored of this.readStored()) this.entries.set(stored.edit.request, stored);
  }

  get size(): number {
    return this.entries.size;
  }

  /** In the order in which they were made. */
  get edits(): EditMessage[] {
    return [...this.entries.values()].map((stored) => stored.edit);
  }

  /** Keep an edit. Returns false where it is kept in memory only, because the storage is full or missing. */
  add(edit: EditMessage): boolean {
    const stored: Stored = { madeAt: this.now(), order: this.order++, edit };
    this.entries.set(edit.request, stored);
    try {
      this.storage?.setItem(this.keyOf(edit.request), JSON.stringify(stored));
      return this.storage !== null;
    } catch {
      return false;
    }
  }

  /** The server has taken or refused it. Returns the edit if it was waiting. */
  settle(request: string): EditMessage | undefined {
    const stored = this.entries.get(request);
    this.entries.delete(request);
    this.storage?.removeItem(this.keyOf(request));
    return stored?.edit;
  }

  private keyOf(request: string): string {
    return `s2v.outbox.${this.owner}.${request}`;
  }

  private readStored(): Stored[] {
    const prefix = this.keyOf("");
    const found: Stored[] = [];
    for (let index = 0; index < (this.storage?.length ?? 0); index++) {
      const key = this.storage?.key(index);
      if (!key?.startsWith(prefix)) continue;
      const stored = parseStored(this.storage?.getItem(key) ?? "");
      if (stored) found.push(stored);
    }
    return found.sort((a, b) => a.madeAt - b.madeAt || a.order - b.order);
  }
}

function parseStored(source: string): Stored | null {
  try {
    const value: unknown = JSON.parse(source);
    return isStored(value) ? value : null;
  } catch {
    return null;
  }
}
