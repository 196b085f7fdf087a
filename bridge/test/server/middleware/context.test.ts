import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallContext, type CallHooks, caller, type Handlers, implement, StatusError } from "quartet-bridge";
import { VitalsService, type WatchResponse } from "#gen/quartet/vitals/v1/vitals.js";
import { echo } from "../../harness/each-type.js";
import { gate, loopback } from "../../harness/loopback.js";
import { collect, type Probe, ProbeService } from "../../harness/probe.js";
import { authenticate, recorder, serve, signedIn, type User } from "./serving.js";

// Some of the lines below must not compile: if they do, the compiler refuses the mark above them.
describe("a server's middleware", () => {
  it("is one function that sees the method, the metadata and the status of each call, whatever its type", async () => {
    const { record, seen, all } = recorder(4);
    const names: unknown[] = [];
    const { calls } = await serve([record, ({ metadata }) => void names.push(...metadata.get("x-name"))]);
    const metadata = { "x-name": "ada" };
    expect(await calls.unary({ n: 1 }, { metadata })).to.deep.equal({ n: 1 });
    expect(await collect(calls.serverStreaming({ n: 1 }, { metadata }))).to.deep.equal([{ n: 1 }, { n: 100 }]);
    expect(await calls.clientStreaming([{ n: 1 }, { n: 2 }], { metadata })).to.deep.equal({ n: 3 });
    expect(await collect(calls.bidirectional([{ n: 1 }, { n: 2 }], { metadata }))).to.deep.equal([{ n: 1 }, { n: 2 }]);
    await all;
    expect(seen).to.have.members([
      "Unary false OK",
      "ServerStreaming false OK",
      "ClientStreaming true OK",
      "Bidirectional true OK",
    ]);
    expect(names).to.deep.equal(["ada", "ada", "ada", "ada"]);
  });

  it("gives handlers typed values in a context that keeps everything", async () => {
    const seen = gate<unknown[]>();
    const server = implement(ProbeService, [authenticate, (call) => call.with({ tenant: 7 })], {
      ...echo,
      async unary(_request, call) {
        call.header({ "x-user": call.user.name });
        call.trailer({ "x-tenant": String(call.tenant.toFixed(0)) });
        return { n: call.tenant };
      },
      async *serverStreaming(_request, call) {
        const cancelled = new Promise<StatusError>((resolve) => call.cancelled$.subscribe(resolve));
        yield { n: 1, load: `${call.user.name} ${call.peer}` };
        const { code } = await cancelled;
        seen.open([code, call.signal.aborted, call.deadline instanceof Date, call.path, call.user.name]);
      },
    }).addTo(new Server());
    const { client } = await loopback(server);
    const calls = caller(ProbeService, client);
    const { headers, response, status: ended } = calls.unary.start({ n: 1 }, { metadata: signedIn("ada") });
    expect(await response).to.deep.equal({ n: 7 });
    expect((await headers).get("x-user")).to.deep.equal(["ada"]);
    expect((await ended).metadata.get("x-tenant")).to.deep.equal(["7"]);

    for await (const { load } of calls.serverStreaming({ n: 1 }, { metadata: signedIn("bob"), timeoutMs: 60_000 })) {
      expect(load).to.match(/^bob 127\.0\.0\.1:\d+$/);
      break;
    }
    expect(await seen.opened).to.deep.equal([status.CANCELLED, true, true, "/test.Probe/ServerStreaming", "bob"]);
  });

  it("does not compile if a handler or a later middleware asks for a value that no earlier one adds", async () => {
    const adminsOnly = ({ user }: CallContext & { user: User }) => {
      if (user.name !== "ada") throw new StatusError(status.PERMISSION_DENIED, "admins only");
    };
    implement(ProbeService, [authenticate, adminsOnly], echo);
    // @ts-expect-error the user is not known yet
    implement(ProbeService, [adminsOnly, authenticate], echo);
    // @ts-expect-error one method knows the user, and `adminsOnly` sees all methods
    implement(ProbeService, [{ unary: authenticate }, adminsOnly], echo);
    implement(ProbeService, [{ unary: authenticate }, { unary: adminsOnly }], {
      ...echo,
      unary: (_request, { user }) => ({ n: user.name.length }),
      // @ts-expect-error another method knows the user
      serverStreaming: (_request, { user }) => [{ n: user }],
    });
    const sometimes = (call: CallContext) => (call.deadline ? call.with({ late: true }) : undefined);
    // @ts-expect-error `late` is not always there
    implement(ProbeService, [sometimes], { ...echo, unary: (_request, { late }) => ({ n: Number(late) }) });
    // @ts-expect-error not a context
    implement(ProbeService, [() => 7], echo);
    const redact = (_call: CallContext, { mapResponses }: CallHooks<unknown, WatchResponse>) =>
      mapResponses((response) => ({ ...response, readings: [] }));
    const vitals = { replay: () => [], watch: () => [] };
    implement(VitalsService, [{ watch: redact }], vitals);
    // @ts-expect-error `replay` has other responses
    implement(VitalsService, [{ replay: redact }], vitals);
    // @ts-expect-error some methods have other responses
    implement(VitalsService, [redact], vitals);
    implement(
      VitalsService,
      [{ watch: (_call, { mapResponses }) => mapResponses((r) => ({ ...r, replaced: 0 })) }],
      vitals,
    );
  });

  it("types the handlers of a class", async () => {
    const list = [authenticate, { unary: (call: CallContext) => call.with({ tenant: 7 }) }] as const;
    class Probes implements Handlers<typeof ProbeService, typeof list> {
      unary(_request: Probe, { user, tenant }: CallContext & { user: User; tenant: number }) {
        return { n: tenant, load: user.name };
      }
      serverStreaming = (_request: Probe, { user }: CallContext & { user: User }) => [{ n: 1, load: user.name }];
      clientStreaming = echo.clientStreaming;
      bidirectional = echo.bidirectional;
    }
    const { client } = await loopback(implement(ProbeService, list, new Probes()).addTo(new Server()));
    const calls = caller(ProbeService, client);
    expect(await calls.unary({ n: 1 }, { metadata: signedIn("ada") })).to.deep.equal({ n: 7, load: "ada" });
    const streamed = await collect(calls.serverStreaming({ n: 1 }, { metadata: signedIn("bob") }));
    expect(streamed).to.deep.equal([{ n: 1, load: "bob" }]);
  });

  it("applies to the method in either spelling, and unknown names are refused", () => {
    const capitalized = { Unary: { ...ProbeService.unary, originalName: "unary" } } as const;
    const middleware = () => {};
    implement(capitalized, [{ Unary: middleware }, { unary: middleware }], { unary: (request) => request });
    // @ts-expect-error the service has no such method
    const unknown = () => implement(ProbeService, [{ uniary: middleware }], echo);
    expect(unknown).to.throw(TypeError, "unary, serverStreaming, clientStreaming, bidirectional");
    for (const wrong of [undefined, null, 7, { unary: 7 }]) {
      expect(() => implement(ProbeService, [wrong as never], echo)).to.throw("a middleware is a function");
    }
  });
});
