import { expect, test } from "vitest";
import { type KeyValueStorage, Outbox } from "./outbox";
import type { EditMessage } from "./protocol";

class MemoryStorage implements KeyValueStorage {
  readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

const undo = (request: string): EditMessage => ({ type: "undo", request });

test("edits come back in the order in which they were made, after a reload", () => {
  const storage = new MemoryStorage();
  let time = 100;
  const outbox = new Outbox("3.7", storage, () => time++);
  for (const request of ["c", "a", "b"]) outbox.add(undo(request));
  expect(new Outbox("3.7", storage).edits.map((edit) => edit.request)).toEqual(["c", "a", "b"]);
});

test("what is settled is gone, after a reload too", () => {
  const storage = new MemoryStorage();
  const outbox = new Outbox("3.7", storage);
  outbox.add(undo("a"));
  outbox.add(undo("b"));
  expect(outbox.settle("a")).toEqual(undo("a"));
  expect(outbox.settle("never")).toBeUndefined();
  expect(new Outbox("3.7", storage).edits).toEqual([undo("b")]);
});

test("another annotation or user of the same browser is left alone", () => {
  const storage = new MemoryStorage();
  new Outbox("3.7", storage).add(undo("a"));
  expect(new Outbox("3.70", storage).size).toBe(0);
  expect(new Outbox("4.7", storage).size).toBe(0);
});

test("a full storage keeps edits in memory and says so", () => {
  const storage = new MemoryStorage();
  storage.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const outbox = new Outbox("3.7", storage);
  expect(outbox.add(undo("a"))).toBe(false);
  expect(outbox.edits).toEqual([undo("a")]);
});

test("rubbish in the storage is passed over", () => {
  const storage = new MemoryStorage();
  storage.setItem("s2v.outbox.3.7.x", "{not json");
  storage.setItem("s2v.outbox.3.7.y", '{"madeAt":1}');
  expect(new Outbox("3.7", storage).size).toBe(0);
});
