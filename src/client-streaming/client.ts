import { basename } from "node:path";
import type { Command } from "commander";
import { caller } from "quartet-bridge";
import { bufferCount, firstValueFrom, map, range } from "rxjs";
import { StatisticsService } from "#gen/quartet/statistics/v1/statistics.js";
import { type Case, type Cases, isMain, runCases } from "../host/index.js";
import { cancel, deadline, refused, sourceFails } from "./cases/endings.js";
import { corrupted, cut } from "./cases/interrupted.js";
import { batches, batchSize, defaultFile, openNumbers } from "./numbers.js";

/** The flags of this client, besides those of all clients. */
export interface Input {
  /** The file that `summarize` reads, `-` for stdin; by default the data set that ships. */
  readonly file?: string;
}

/** Declares the flags. */
export function options(command: Command): Command {
  return command.option("--file <path>", "numbers to summarize, - for stdin (default: a data set that ships)");
}

/** Many numbers out, one answer back. */
export const summarize: Case<Input> = async ({ client, signal, input: { file }, say }) => {
  const statistics = caller(StatisticsService, client);
  const numbers = await openNumbers(file ?? defaultFile);
  let messages = 0;
  let sent = 0;

  // The source of the requests. It is pulled: it reads more when the call has room, so no file is too large.
  async function* requests() {
    // By default one message per experiment of 20 runs, so that the diagram shows a stream.
    for await (const values of batches(numbers, file === undefined ? 20 : batchSize)) {
      yield { values };
      messages += 1;
      sent += values.length;
    }
  }

  try {
    // A stream from your file or stdin may take any time: ctrl-c ends it.
    const ending = file === undefined ? { signal, timeoutMs: 5_000 } : { signal };
    const { count, min, max, mean, standardDeviation } = await statistics.summarize(requests(), ending);

    say(`${basename(numbers.name)}: ${counted(sent, "number")} in ${counted(messages, "message")}, one answer:`);
    say(`  count               ${count}`);
    say(`  min                 ${min ?? "-"}`);
    say(`  max                 ${max ?? "-"}`);
    say(`  mean                ${mean ?? "-"}`);
    say(`  standard deviation  ${standardDeviation ?? "-"}`);
    if (count !== sent) throw new Error(`the server counted ${count} numbers of ${sent}`);
  } finally {
    // After an early end of the call the source may still wait for a line of stdin: only this wakes it.
    numbers.text.destroy();
  }
};

/** The same call with RxJS at both ends: subscribing starts it, and the source pushes. */
export const observe: Case = async ({ client, signal, say }) => {
  const statistics = caller(StatisticsService, client);
  const requests = range(1, 100).pipe(
    bufferCount(10),
    map((values) => ({ values })),
  );
  const { count, mean } = await firstValueFrom(statistics.summarize.observe(requests, { signal, timeoutMs: 5_000 }));

  say(`the numbers from 1 to 100, from an Observable: count ${count}, mean ${mean}`);
  if (mean !== 50.5) throw new Error("their mean is 50.5");
};

/** A stream may end before its first message. The mean is then absent, and not 0. */
export const empty: Case = async ({ client, signal, say }) => {
  const statistics = caller(StatisticsService, client);
  const { count, mean } = await statistics.summarize([], { signal, timeoutMs: 5_000 });

  say(`no numbers at all: count ${count}, mean ${mean ?? "absent"}`);
  if (count !== 0 || mean !== undefined) throw new Error("the mean of no numbers does not exist");
};

function counted(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** The cases of this client. The demo opens with the first one. */
export const cases: Cases<Input> = {
  summarize,
  observe,
  empty,
  refused,
  cancel,
  deadline,
  "source-fails": sourceFails,
  "upload-cut": cut,
  "upload-corrupted": corrupted,
};

if (isMain(import.meta.url)) {
  await runCases("client-streaming-client", cases, { options, startServer: "make client-streaming-server" });
}
