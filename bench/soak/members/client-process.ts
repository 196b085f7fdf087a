import { setTimeout as wait } from "node:timers/promises";
import type { Batch, Command, FromClient, Report } from "../protocol.js";
import { Member } from "./member.js";

/**
 * A process with members of the chat. The conductor forks it with the server's port as its argument. It carries out
 * commands, batch by batch, and reports everything that its members hear.
 */
const port = Number(process.argv[2]);
const members = new Map<string, Member>();
let reports: Report[] = [];
let flushing: NodeJS.Timeout | undefined;

/** How many milliseconds of reports make one message, because a message between processes costs more than a report. */
const collectMs = 10;

// No client outlives the conductor, however that ends.
process.on("disconnect", () => process.exit());
process.on("message", (batch: Batch) => void carryOut(batch));
tell({ says: "ready" });

async function carryOut({ batch, commands, overMs }: Batch): Promise<void> {
  const done = commands.filter(({ does }) => does !== "say").map(carryOutOne);
  const sayings = commands.filter(({ does }) => does === "say");
  for (const [said, saying] of sayings.entries()) {
    // One wait after the other: with concurrent timers, a late loop may run the later one first.
    if (said > 0 && overMs > 0) await wait(overMs / sayings.length);
    done.push(carryOutOne(saying));
  }
  await Promise.all(done);
  flush();
  tell({ says: "done", batch });
}

async function carryOutOne(command: Command): Promise<void> {
  const member = members.get(command.name) ?? new Member(command.name, port, report);
  members.set(command.name, member);
  switch (command.does) {
    case "come":
      return member.come(command);
    case "say":
      return member.say(command);
    case "go":
      await member.go(command);
      // The session of a member that leaves is over, so it never joins again.
      if (command.how === "leave") members.delete(command.name);
      return;
    case "stall":
      return member.stall();
    case "wake":
      return member.wake();
  }
}

function report(what: Report): void {
  reports.push(what);
  flushing ??= setTimeout(flush, collectMs);
}

function flush(): void {
  clearTimeout(flushing);
  flushing = undefined;
  if (reports.length > 0) tell({ says: "reports", reports });
  reports = [];
}

function tell(message: FromClient): void {
  process.send?.(message);
}
