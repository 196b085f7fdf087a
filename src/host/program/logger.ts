import { setLogger } from "@grpc/grpc-js";
import { destination, type Level, type Logger, pino } from "pino";

/** The levels of LOG_LEVEL and `--log-level`, from the loudest to none. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const satisfies (
  | Level
  | "silent"
)[];

/**
 * The program's log: JSON lines on stderr, or readable ones when stderr is a terminal (coloured unless NO_COLOR is
 * set). stdout belongs to what the program is for. Every line is written before the call that logs it returns: a
 * program that ends, or is ended, loses none.
 */
export async function createLogger(name: string, level: string): Promise<Logger> {
  const common = { name, level };
  if (!process.stderr.isTTY) return pino(common, destination({ fd: 2, sync: true }));
  // Loaded only for a terminal: it takes longer to load than all the rest of the host.
  const { default: pretty } = await import("pino-pretty");
  return pino(
    common,
    pretty({
      destination: 2,
      sync: true,
      colorize: process.stderr.hasColors(),
      singleLine: true,
      // The fields of a call's line are told by its sentence.
      ignore: "pid,hostname,name,path,peer,code,durationMs,messagesIn,messagesOut",
      messageFormat: (line, key) => (line[key] === "call" ? sentence(line) : String(line[key])),
      translateTime: "SYS:HH:MM:ss.l",
    }),
  );
}

/** The line that `callLog` writes, for a person. */
function sentence({ code, path, durationMs, messagesIn, messagesOut, peer }: Record<string, unknown>): string {
  return `${code} ${path} from ${peer}: ${messagesIn} in, ${messagesOut} out, ${durationMs} ms`;
}

/** Sends what grpc-js itself prints (errors; all else only with GRPC_VERBOSITY) to the log. */
export function logGrpc(log: Logger): void {
  setLogger({
    error: (...words: unknown[]) => log.warn(words.join(" ")),
    info: (...words: unknown[]) => log.info(words.join(" ")),
    debug: (...words: unknown[]) => log.info(words.join(" ")),
  });
}
