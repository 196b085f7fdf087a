import { type EventKind, type MergedCall, mergeCalls, type Side, type TapEvent } from "../../src/tap/index.js";

export interface ScriptOptions {
  readonly path?: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
}

/**
 * Events from a script, one per line, one millisecond apart: side (c, s), kind, and a label, or a code and details.
 * `@120` at the beginning of a line sets the clock to 120 ms.
 */
export function eventsOf(script: string, options: ScriptOptions = {}): TapEvent[] {
  const counts = new Map<string, number>();
  let atMs = 0;
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line): TapEvent => {
      const [, at, letter, kind = "", rest = ""] = /^(?:@(\d+) )?([cs]) (\S+) ?(.*)$/.exec(line) ?? [];
      atMs = at === undefined ? atMs + 1 : Number(at);
      const side: Side = letter === "c" ? "client" : "server";
      const event = {
        callId: "call-1",
        side,
        kind: kind as EventKind,
        path: options.path ?? "/pkg.Service/Method",
        atNs: BigInt(atMs) * 1_000_000n,
      };
      if (kind === "request" || kind === "response" || kind === "note") {
        const index = counts.get(`${side} ${kind}`) ?? 0;
        counts.set(`${side} ${kind}`, index + 1);
        return { ...event, index, label: rest };
      }
      if (kind === "status") {
        const [code, ...details] = rest.split(" ");
        return { ...event, code: Number(code), details: details.join(" ") };
      }
      if (kind !== "call") return event;
      return {
        ...event,
        requestStream: options.requestStream ?? false,
        responseStream: options.responseStream ?? false,
      };
    });
}

/** The one call of a script, merged. */
export function scriptedCall(script: string, options: ScriptOptions = {}): MergedCall {
  return onlyCall(mergeCalls(eventsOf(script, options)));
}

/** The one call of a script, whose status says that nothing left the client. */
export function unsentCall(script: string, options: ScriptOptions = {}): MergedCall {
  const mark = (event: TapEvent) => (event.kind === "status" ? { ...event, unsent: true } : event);
  return onlyCall(mergeCalls(eventsOf(script, options).map(mark)));
}

export function onlyCall(calls: readonly MergedCall[]): MergedCall {
  const [call] = calls;
  if (call === undefined || calls.length !== 1) throw new Error(`expected one call, got ${calls.length}`);
  return call;
}

export const bothWays: ScriptOptions = { requestStream: true, responseStream: true };
