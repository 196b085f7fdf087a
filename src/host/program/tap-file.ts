import { writeFileSync } from "node:fs";
import type { Interceptor, ServerInterceptor } from "@grpc/grpc-js";
import { Recording, tapClient, tapServer, toJsonLines } from "../../tap/index.js";
import { UsageError } from "./usage-error.js";

/** The taps of a program that records its calls; what they see is written to a file, as JSON lines, when it ends. */
export interface TapFile {
  readonly server: readonly ServerInterceptor[];
  readonly client: readonly Interceptor[];
}

/**
 * What `--tap` asks for. Without a file nothing is installed, and nothing costs anything.
 *
 * @throws UsageError if the file cannot be written: now, and not when there is a recording to lose
 */
export function tapFile(file: string | undefined): TapFile {
  if (file === undefined) return { server: [], client: [] };
  try {
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError(`cannot write the recording: ${error instanceof Error ? error.message : error}`);
  }
  const recording = new Recording();
  // Not when main has returned: a cancel that it has asked for takes effect after that, and belongs to the story.
  process.once("exit", () => writeFileSync(file, toJsonLines(recording.events)));
  return { server: [tapServer(recording)], client: [tapClient(recording)] };
}
