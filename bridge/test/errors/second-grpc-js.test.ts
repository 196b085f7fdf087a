import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";
import { expect } from "chai";
import { type CallError, caller, detailsOf, statusWithDetails } from "quartet-bridge";
import { afterTheTest } from "../harness/loopback.js";
import { failureOf, ProbeService, served, throwing } from "../harness/probe.js";

/** Another copy of grpc-js in this process, as google-gax and other packages bring one along. */
function secondCopy(): typeof grpc {
  const require = createRequire(import.meta.url);
  const [known, path] = [{ ...require.cache }, require.resolve("@grpc/grpc-js")];
  const folder = path.slice(0, path.indexOf("grpc-js") + "grpc-js".length);
  for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
  try {
    return require(path);
  } finally {
    Object.assign(require.cache, known);
  }
}

describe("another copy of grpc-js", () => {
  const other = secondCopy();
  const metadata = new other.Metadata();
  metadata.add("retry-in", "5");
  metadata.add("retry-in", "6");

  it("is really another copy", () => expect(metadata).to.not.be.instanceOf(grpc.Metadata));

  it("makes an error for a handler, whose trailers and details arrive", async () => {
    const detailed = statusWithDetails(5, "no such table", { errorInfo: { reason: "NO_TABLE" } });
    for (const value of detailed.metadata.get("grpc-status-details-bin"))
      metadata.add("grpc-status-details-bin", value);
    const thrown = Object.assign(new Error("5 NOT_FOUND: no such table"), {
      code: 5,
      details: "no such table",
      metadata,
    });
    expect(detailsOf(thrown).errorInfo?.reason).to.equal("NO_TABLE");
    const { calls } = await served({ unary: throwing(thrown) });
    const error = (await failureOf(calls.unary({ n: 1 }))) as CallError;
    expect(error).to.include({ code: 5, details: "no such table" });
    expect(error.metadata.get("retry-in")).to.deep.equal(["5, 6"]);
    expect(detailsOf(error).errorInfo?.reason).to.equal("NO_TABLE");
    metadata.remove("grpc-status-details-bin");
  });

  it("has metadata that is sent as request headers, response headers and trailers", async () => {
    const seen: unknown[] = [];
    const note = (metadata: grpc.Metadata) => seen.push(...metadata.get("retry-in"));
    const { calls } = await served({
      unary(request, call) {
        note(call.metadata);
        call.header(metadata as unknown as grpc.Metadata);
        call.trailer(metadata as unknown as grpc.Metadata);
        return request;
      },
    });
    const options = { metadata: metadata as unknown as grpc.Metadata };
    await calls.unary({ n: 1 }, { ...options, onHeaders: note, onStatus: (ended) => note(ended.metadata) });
    expect(seen).to.deep.equal(["5, 6", "5, 6", "5, 6"]);
  });

  it("has clients, which the bridge refuses with an error that names the cause", async () => {
    const client = new other.Client("127.0.0.1:1", other.credentials.createInsecure());
    afterTheTest(() => client.close());
    const error = await failureOf(caller(ProbeService, client as unknown as grpc.Client).unary({ n: 1 }));
    expect(error).to.include({ code: grpc.status.INTERNAL });
    expect((error as CallError).details).to.include("another copy of @grpc/grpc-js");
  });
});
