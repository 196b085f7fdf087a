import { writeFileSync } from "node:fs";
import type { Interceptor, ServerInterceptor } from "@grpc/grpc-js";
import { Recording, tapClient, tapServer, toJsonLines } from "../tap/index.js";
import { UsageError } from "./usage-error.js";

/** A recording of all calls of a program, written to a file when the program ends. */
export interface TapFile {
  readonly server: readonly ServerInterceptor[];
  readonly client: readonly Interceptor[];
  /** Writes what was recorded, as JSON lines. */
  save(): void;
}

/**
 * What `--tap` asks for. Without a file nothing is installed, and nothing costs anything.
 *
 * @throws UsageError if the file cannot be written: now, and not when there is a recording to lose
 */
export function tapFile(file: string | undefined): TapFile {
  if (file === undefined) return { server: [], client: [], save() {} };
  try {
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError(`cannot write the recording: ${error instanceof Error ? error.message : error}`);
  }
  const recording = new Recording();
  return {
    server: [tapServer(recording)],
    client: [tapClient(recording)],
    save() {
      writeFileSync(file, toJsonLines(recording.events));
    },
  };
}
