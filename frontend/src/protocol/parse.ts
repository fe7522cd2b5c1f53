/** Small readers for strict parsing: each takes an unknown value and returns a typed one or throws `Malformed`. */

export class Malformed extends Error {
  override readonly name = "Malformed";
}

export type Reader<T> = (value: unknown, place: string) => T;

function refuse(value: unknown, place: string, wanted: string): never {
  const got = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  throw new Malformed(`${place || "message"}: expected ${wanted}, got ${got}`);
}

export const whole: Reader<number> = (value, place) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse(value, place, "a whole number");

export const finite: Reader<number> = (value, place) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(value, place, "a finite number");

export const text: Reader<string> = (value, place) =>
  typeof value === "string" ? value : refuse(value, place, "text");

export const truth: Reader<boolean> = (value, place) =>
  typeof value === "boolean" ? value : refuse(value, place, "true or false");

export function oneOf<const T extends string>(...words: readonly T[]): Reader<T> {
  return (value, place) =>
    words.includes(value as T) ? (value as T) : refuse(value, place, `one of ${words.join(", ")}`);
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : reader(value, place));
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value, place) =>
    Array.isArray(value)
      ? value.map((item, index) => reader(item, `${place}[${index}]`))
      : refuse(value, place, "a list");
}

/** A list of exactly `length` items. */
export function tuple<T>(reader: Reader<T>, length: number): Reader<T[]> {
  const items = list(reader);
  return (value, place) => {
    const parsed = items(value, place);
    return parsed.length === length ? parsed : refuse(value, place, `${length} items`);
  };
}

function fieldsOf(value: unknown, place: string): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : refuse(value, place, "an object");
}

/** An object with any keys, all of whose values are alike. */
export function dictionary<T>(reader: Reader<T>): Reader<Record<string, T>> {
  return (value, place) =>
    Object.fromEntries(
      Object.entries(fieldsOf(value, place)).map(([key, item]) => [key, reader(item, `${place}.${key}`)]),
    );
}

type Readers<T> = { readonly [K in keyof T]: Reader<T[K]> };

/** An object with at least these fields; others are left out. */
export function fields<T extends object>(readers: Readers<T>): Reader<T> {
  const known = Object.keys(readers) as (keyof T & string)[];
  return (value, place) => {
    const given = fieldsOf(value, place);
    const parsed: Partial<T> = {};
    for (const key of known) parsed[key] = readers[key](given[key], place ? `${place}.${key}` : key);
    return parsed as T;
  };
}

/** An object with exactly these fields: a missing or a foreign one is refused. */
export function record<T extends object>(readers: Readers<T>): Reader<T> {
  const read = fields(readers);
  return (value, place) => {
    const foreign = Object.keys(fieldsOf(value, place)).find((key) => !Object.hasOwn(readers, key));
    if (foreign !== undefined) throw new Malformed(`${place || "message"}: unknown field ${foreign}`);
    return read(value, place);
  };
}
