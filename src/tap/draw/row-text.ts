import { status } from "@grpc/grpc-js";
import type { MergedCall } from "../merge/merge.js";
import type { TapEvent } from "../record/event.js";
import { grouped } from "../record/printable.js";
import type { Shape } from "./row.js";

/** What a row says, without its metadata. Everything in it was made printable when it was recorded. */
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

/** `INVALID_ARGUMENT` for 3; `code 99` for what gRPC does not know. */
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

/** The metadata of an event, an entry each. */
export function metadataEntries(event: TapEvent): string[] {
  return Object.entries(event.metadata ?? {}).map(([key, value]) => `${key}: ${value}`);
}
