/** The few REST calls of the workspace. */

import type { Label } from "./protocol";

/** A request that the server refused or that did not reach it; `message` is a sentence for the user. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
}

export function csrfToken(cookies: string = document.cookie): string {
  const pair = cookies.split("; ").find((cookie) => cookie.startsWith("csrftoken="));
  return pair ? decodeURIComponent(pair.slice("csrftoken=".length)) : "";
}

async function sentenceOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { detail?: unknown; sentence?: unknown };
    const sentence = body.sentence ?? body.detail;
    if (typeof sentence === "string" && sentence) return sentence;
  } catch {
    // The body is no JSON: the status has to do.
  }
  return `The server answered with status ${response.status}.`;
}

export async function sendJson(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  url: string,
  body?: object,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new RequestFailed("The server cannot be reached at the moment.");
  }
  if (!response.ok) throw new RequestFailed(await sentenceOf(response));
  return response.status === 204 ? null : response.json();
}

export async function addLabel(labelsUrl: string, name: string, colour: string): Promise<Label> {
  return (await sendJson("POST", labelsUrl, { name, colour })) as Label;
}

export async function changeLabel(id: number, change: { name?: string; colour?: string }): Promise<Label> {
  return (await sendJson("PATCH", `/api/labels/${id}`, change)) as Label;
}
