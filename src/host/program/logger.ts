import { setLogger } from "@grpc/grpc-js";
import { destination, type Level, type Logger, pino } from "pino";

/** The levels of LOG_LEVEL and `--log-level`, the most verbose first. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const satisfies (
  | Level
  | "silent"
)[];

/**
 * The program's log: JSON lines on stderr, or readable lines if stderr is a terminal (in color unless NO_COLOR is set).
 * stdout belongs to the program's results. A line is written before the call that logs it returns, so none is lost at
 * an exit.
 */
export async function createLogger(name: string, level: string): Promise<Logger> {
  const common = { name, level };
  if (!process.stderr.isTTY) return pino(common, destination({ fd: 2, sync: true }));
  // Loaded only for a terminal: it takes longer to load than the rest of the host.
  const { default: pretty } = await import("pino-pretty");
  return pino(
    common,
    pretty({
      destination: 2,
      sync: true,
      colorize: process.stderr.hasColors(),
      singleLine: true,
      // The sentence of a call's line already says these fields.
      ignore: "pid,hostname,name,path,peer,code,durationMs,messagesIn,messagesOut",
      messageFormat: (line, key) => (line[key] === "call" ? sentence(line) : String(line[key])),
      translateTime: "SYS:HH:MM:ss.l",
    }),
  );
}

/** The line of `callLog`, for a person. */
function sentence({ code, path, durationMs, messagesIn, messagesOut, peer }: Record<string, unknown>): string {
  return `${code} ${path} from ${peer}: ${messagesIn} in, ${messagesOut} out, ${durationMs} ms`;
}

/** Sends what grpc-js itself prints to the log: errors, and with GRPC_VERBOSITY also the rest. */
export function logGrpc(log: Logger): void {
  setLogger({
    error: (...words: unknown[]) => log.warn(words.join(" ")),
    info: (...words: unknown[]) => log.info(words.join(" ")),
    debug: (...words: unknown[]) => log.info(words.join(" ")),
  });
}
