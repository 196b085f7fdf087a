import { readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { filter, firstValueFrom, mergeMap, ReplaySubject } from "rxjs";
import { ChatService, type RoomEvent } from "#gen/quartet/chat/v1/chat.js";
import { afterTheTest, loopback } from "../../bridge/test/harness/loopback.js";
import { eventsIn } from "../../src/bidirectional/chat/frames.js";
import { terminalLine } from "../../src/bidirectional/chat-client/lines.js";
import { ChatSession } from "../../src/bidirectional/chat-client/session.js";
import { build } from "../../src/bidirectional/server.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** At a terminal a line also passes terminal.ts and typing.ts, which need one. */
const filesOfATerminal = 2;

/** The suite's own files whose functions run during `work`, each with how many lines those functions have. */
async function filesThatRun(work: () => Promise<void>): Promise<Map<string, number>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  const files = new Map<string, number>();
  for (const { url, functions } of result) {
    const file = url.startsWith("file:") ? relative(root, fileURLToPath(url)) : "";
    if (!/^(bridge\/dist|dist\/src)\//.test(file) || file.includes("/gen/")) continue;
    const lines = new Set<number>();
    const source = readFileSync(fileURLToPath(url), "utf8");
    for (const { ranges } of functions) {
      const [whole] = ranges;
      if (!whole || whole.count === 0) continue;
      const first = source.slice(0, whole.startOffset).split("\n").length;
      const count = source.slice(whole.startOffset, whole.endOffset).split("\n").length;
      for (let line = first; line < first + count; line += 1) lines.add(line);
    }
    if (lines.size > 0) files.set(file, lines.size);
  }
  return files;
}

describe("the way of a chat message, from one member's `say` to another member's screen", () => {
  it("has at most 20 files and 1,200 lines of them", async () => {
    const { connect } = await loopback(build());
    const join = (name: string) => {
      const session = new ChatSession(caller(ChatService, connect()), { room: "tea", name });
      const event$ = new ReplaySubject<RoomEvent>();
      const subscription = session.hear().pipe(mergeMap(eventsIn)).subscribe(event$);
      afterTheTest(() => subscription.unsubscribe());
      return { session, until: (test: (event: RoomEvent) => boolean) => firstValueFrom(event$.pipe(filter(test))) };
    };
    const ada = join("ada");
    const grace = join("grace");
    const entered = ({ what }: RoomEvent) => what?.$case === "joined" && what.joined.name === "grace";
    await Promise.all([ada.until(entered), grace.until(entered)]);
    const files = await filesThatRun(async () => {
      ada.session.say("hello");
      terminalLine(await grace.until(({ what }) => what?.$case === "said"));
      await ada.until(({ what }) => what?.$case === "said");
    });
    const list = [...files.keys()].sort().join("\n");
    expect(files.size + filesOfATerminal, list).to.be.at.most(20);
    expect([...files.values()].reduce((sum, lines) => sum + lines, 0)).to.be.within(100, 1_200);
    expect(list).to.include("dist/src/bidirectional/chat/room.js").and.include("bridge/dist/hub/fan-out.js");
  });
});
