import { status } from "@grpc/grpc-js";
import type { MergedCall } from "../merge/merge.js";
import type { TapEvent } from "../record/event.js";
import { columns, grouped } from "../record/printable.js";
import type { Shape } from "./row.js";

/** The text of a row, without its metadata. The recording has already made it printable. */
export function rowText(call: MergedCall, event: TapEvent, shape: Shape): string {
  switch (event.kind) {
    case "call": {
      const again = event.attempt === undefined ? "" : `, attempt ${event.attempt + 1}`;
      return `${methodName(event.path)}${again}`;
    }
    case "request":
      return messageText(event, call.requestStream);
    case "response":
      return messageText(event, call.responseStream);
    case "headers":
      return "headers";
    case "status":
      return `${codeName(event.code)}${event.details && event.code !== 0 ? `: ${event.details}` : ""}`;
    case "half-close":
      return "half-close";
    case "cancel":
      return "✕ cancel";
    case "ended":
      return shape === "arrives" ? "✕ cancel" : "✕ ended, no status";
    case "note":
      return event.label ?? "";
  }
}

/** `INVALID_ARGUMENT` for 3; `code 99` for a code that gRPC does not know. */
function codeName(code: number | undefined): string {
  return (code === undefined ? undefined : status[code]) ?? `code ${code}`;
}

function methodName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function messageText(event: TapEvent, isStream: boolean): string {
  const bytes = event.bytes === undefined ? "" : `${grouped(event.bytes)} B`;
  const text = [event.label, bytes].filter((part) => part).join(" · ");
  if (!isStream) return text || "(empty)";
  return `${grouped((event.index ?? 0) + 1)}${text && ":"} ${text}`.trimEnd();
}

/** The metadata of an event, one entry each. */
export function metadataEntries(event: TapEvent): string[] {
  return Object.entries(event.metadata ?? {}).map(([key, value]) => `${key}: ${value}`);
}

/** `{a: 1, b: 2}`, on several lines if it is too wide, broken between its entries. */
export function packed(entries: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [at, entry] of entries.entries()) {
    const item = `${at === 0 ? "{" : " "}${entry}${at === entries.length - 1 ? "}" : ","}`;
    if (line !== "" && columns(line) + columns(item) > width) {
      lines.push(line);
      line = "";
    }
    line += item;
  }
  return [...lines, line];
}

/** `1.2 ms`, `850.0 ms`, `12.34 s`: at most nine columns up to a day. */
export function elapsed(ns: bigint): string {
  const ms = Number(ns) / 1e6;
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
