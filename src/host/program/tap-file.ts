import { writeFileSync } from "node:fs";
import type { Interceptor, ServerInterceptor } from "@grpc/grpc-js";
import { Recording, tapClient, tapServer, toJsonLines } from "../../tap/index.js";
import { UsageError } from "./usage-error.js";

/** The taps of a program that records its calls. At the end they write a file of JSON lines. */
export interface TapFile {
  readonly server: readonly ServerInterceptor[];
  readonly client: readonly Interceptor[];
}

/**
 * The recording that `--tap` asks for. Without a file, nothing is installed.
 *
 * @throws UsageError at once if the file cannot be written, and not when there is a recording to lose
 */
export async function tapFile(file: string | undefined): Promise<TapFile> {
  if (file === undefined) return { server: [], client: [] };
  try {
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError(`cannot write the recording: ${error instanceof Error ? error.message : error}`);
  }
  // Loaded only here: decoding the contracts would take a third of a server's start.
  const { labelWithEnums } = await import("./message-types.js");
  const recording = new Recording();
  const options = { label: labelWithEnums() };
  // Not when main returns: a cancel takes effect after that, and belongs to the recording.
  process.once("exit", () => writeFileSync(file, toJsonLines(recording.events)));
  return { server: [tapServer(recording, options)], client: [tapClient(recording, options)] };
}
