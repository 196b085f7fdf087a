import http2 from "node:http2";
import { expect } from "chai";
import { gate } from "../../loopback.js";
import { framed, rawCall } from "../../raw-call.js";
import { bidirectional, clientStreaming, type Probe, ProbeService, probe } from "../probe.js";

const cuts: Record<string, (request: http2.ClientHttp2Stream) => void> = {
  "a reset": (request) => request.close(http2.constants.NGHTTP2_CANCEL),
  "the end of the stream and a reset right behind it, which is how grpc-js cancels": (request) => {
    request.end();
    request.close(http2.constants.NGHTTP2_CANCEL);
  },
  "the loss of the connection": (request) => request.session?.destroy(),
};

describe("L11: a request stream that is cut is not taken for a complete one", () => {
  for (const [cut, make] of Object.entries(cuts)) {
    for (const type of ["clientStreaming", "bidirectional"] as const) {
      it(`${type}: ${cut}, 50 times, completes nothing`, async () => {
        let begun = gate();
        let ended = gate<string>();
        async function read(requests: AsyncIterable<Probe>): Promise<void> {
          try {
            for await (const _request of requests) begun.open();
            ended.open("complete");
          } catch {
            ended.open("cut");
          }
        }
        const { address } = await probe({
          clientStreaming: clientStreaming(async (requests) => {
            await read(requests);
            return { n: 1 };
          }),
          bidirectional: bidirectional(async function* (requests): AsyncGenerator<Probe> {
            await read(requests);
            yield { n: 1 };
          }),
        });
        const { path } = ProbeService[type];
        const outcomes = new Map<string, number>();
        for (let run = 0; run < 50; run += 1) {
          begun = gate();
          ended = gate<string>();
          const request = rawCall(address, path);
          request.write(framed(ProbeService[type].requestSerialize({ n: 1 })));
          await begun.opened;
          make(request);
          const outcome = await ended.opened;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          request.session?.destroy();
        }
        expect(Object.fromEntries(outcomes)).to.deep.equal({ cut: 50 });
      });
    }
  }

  it("a half-close without a cut completes it", async () => {
    const { calls } = await probe({
      clientStreaming: clientStreaming(async (requests) => {
        let n = 0;
        for await (const _request of requests) n += 1;
        return { n };
      }),
    });
    expect(await calls.clientStreaming([{ n: 1 }, { n: 1 }])).to.deep.equal({ n: 2 });
  });

  it("an Observable of the requests that is cut ends with an error too", async () => {
    const [begun, ended] = [gate(), gate<string>()];
    const { calls } = await probe({
      bidirectional: bidirectional((requests) => {
        const request$ = requests.observe();
        request$.subscribe({
          next: () => begun.open(),
          complete: () => ended.open("complete"),
          error: () => ended.open("cut"),
        });
        return new Promise<never>(() => {});
      }),
    });
    async function* requests(): AsyncGenerator<Probe> {
      yield { n: 1 };
      await new Promise(() => {});
    }
    const call = calls.bidirectional.observe(requests()).subscribe();
    await begun.opened;
    call.unsubscribe();
    expect(await ended.opened).to.equal("cut");
  });
});
