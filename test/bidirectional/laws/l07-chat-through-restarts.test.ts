import { expect } from "chai";
import { caller, streamingChannelOptions } from "quartet-bridge";
import { firstValueFrom, Subject } from "rxjs";
import { ChatService } from "#gen/quartet/chat/v1/chat.js";
import { afterTheTest, connectTo } from "../../../bridge/test/harness/loopback.js";
import { random, seed } from "../../../bridge/test/harness/random.js";
import { law, runs } from "../../../bridge/test/laws/proof/law.js";
import { ChatSession } from "../../../src/bidirectional/chat-client/session.js";
import { build } from "../../../src/bidirectional/server.js";

const draw = random(seed);

/** A new server on the port of the one before. */
async function live(port: number) {
  const hosting = build();
  return { hosting, port: (await hosting.listen({ port })).port };
}

/** A member that reconnects by itself, and what it has heard in each life of the server. */
function member(port: number, name: string) {
  const client = connectTo(`127.0.0.1:${port}`, {
    ...streamingChannelOptions,
    "grpc.initial_reconnect_backoff_ms": 10,
    "grpc.max_reconnect_backoff_ms": 10,
  });
  const lives: { readonly numbers: number[]; readonly texts: string[] }[] = [{ numbers: [], texts: [] }];
  const heard = new Subject<void>();
  const session = new ChatSession(
    caller(ChatService, client),
    { room: "tea", name },
    { backoff: { initialMs: 1, maxMs: 20 }, onGap: () => lives.push({ numbers: [], texts: [] }) },
  );
  const subscription = session.hear().subscribe(({ frame }) => {
    const now = lives.at(-1);
    if (frame?.$case === "events") {
      for (const { sequence, what } of frame.events.events) {
        now?.numbers.push(sequence);
        if (what?.$case === "said") now?.texts.push(what.said.text);
      }
    }
    heard.next();
  });
  afterTheTest(() => subscription.unsubscribe());
  return {
    session,
    lives,
    async until(done: () => boolean) {
      while (!done()) await firstValueFrom(heard);
    },
  };
}

law("L7", "a chat through restarts of its server: each event once, and each gap is said", ({ event, ran, figure }) => {
  const times = runs(50);

  it(`${times} restarts, polite and by force`, async () => {
    let { hosting, port } = await live(0);
    const [ada, grace] = [member(port, "ada"), member(port, "grace")];
    afterTheTest(() => void hosting.force());
    let said = 0;
    /** Both are in and have a position: only then is a restart a gap. */
    const bothIn = async (lives: number) => {
      for (const { until, lives: known } of [ada, grace]) {
        await until(() => known.length === lives && (known.at(-1)?.numbers.length ?? 0) > 0);
      }
    };
    await bothIn(1);
    for (let restart = 1; restart <= times; restart += 1) {
      const from = said;
      for (let messages = 1 + Math.floor(draw() * 5); messages > 0; messages -= 1) ada.session.say(`${said++}`);
      // Half of the time the server stops while they are on their way.
      if (draw() < 0.5) await ada.until(() => ada.session.unacknowledged === 0);
      await (draw() < 0.5 ? hosting.drain(1_000) : hosting.force());
      ({ hosting, port } = await live(port));
      await bothIn(restart + 1);
      await ada.until(() => ada.session.unacknowledged === 0);
      event(`restart ${restart} is over; said from ${from} to ${said - 1}`);
    }
    ada.session.say("the last");
    await grace.until(() => grace.lives.at(-1)?.texts.at(-1) === "the last");

    for (const { lives } of [ada, grace]) {
      expect(lives, "a gap for each restart, and no other").to.have.length(times + 1);
      const twice = lives.map(({ numbers }) => numbers.length - new Set(numbers).size).reduce((a, b) => a + b);
      const missing = lives.map(
        ({ numbers }) => numbers.filter((n, i) => i > 0 && n !== (numbers[i - 1] ?? 0) + 1).length,
      );
      figure("events that came twice, or out of order", twice + missing.reduce((a, b) => a + b), 0);
    }
    // She has heard all that she has said, in whatever life of the server.
    const heard = new Set(ada.lives.flatMap(({ texts }) => texts));
    figure(
      "messages that were acknowledged and not heard",
      said - [...heard].filter((text) => /^\d+$/.test(text)).length,
      0,
    );
    ran(times);
    await hosting.force();
  });
});
