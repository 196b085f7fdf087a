import { Server, status } from "@grpc/grpc-js";
import { expect } from "chai";
import {
  badRequest,
  CallError,
  caller,
  detailsOf,
  type ErrorDetailsInit,
  StatusError,
  statusWithDetails,
} from "quartet-bridge";
import { Status } from "#gen/google/rpc/status.js";
import { loopback } from "../harness/loopback.js";
import { failureOf, metadataOf, ProbeService, throwing, unary } from "../harness/probe.js";

/** One detail of each type of google/rpc/error_details.proto, with every field set. */
const allTen = {
  errorInfo: { reason: "EPOCH_ENDED", domain: "rooms.example", metadata: { epoch: "e1", newest: "7" } },
  retryInfo: { retryDelay: { seconds: 2, nanos: 500_000_000 } },
  debugInfo: { stackEntries: ["inner", "outer"], detail: "more" },
  quotaFailure: {
    violations: [
      {
        subject: "project:7",
        description: "100 calls per hour",
        apiService: "rooms.example",
        quotaMetric: "rooms.example/calls",
        quotaId: "calls-per-hour",
        quotaDimensions: { region: "eu" },
        quotaValue: 100n,
        // The value for a quota without a limit.
        futureQuotaValue: 2n ** 63n - 1n,
      },
    ],
  },
  preconditionFailure: { violations: [{ type: "TOS", subject: "rooms.example", description: "not accepted yet" }] },
  badRequest: {
    fieldViolations: [
      {
        field: "name",
        description: "is empty",
        reason: "EMPTY",
        localizedMessage: { locale: "de", message: "ist leer" },
      },
    ],
  },
  requestInfo: { requestId: "r-1", servingData: "s-1" },
  resourceInfo: { resourceType: "room", resourceName: "rooms/7", owner: "ada", description: "is archived" },
  help: { links: [{ description: "how to get more", url: "https://rooms.example/quota" }] },
  localizedMessage: { locale: "de", message: "Kontingent erschöpft" },
} satisfies Required<ErrorDetailsInit>;

/** The error that a client gets when the server ends its call with `error`. */
async function overTheWire(error: unknown): Promise<unknown> {
  const server = new Server();
  const { definition, handler } = unary(throwing(error));
  server.addService({ unary: definition }, { unary: handler });
  const { client } = await loopback(server);
  return failureOf(caller(ProbeService, client).unary({ n: 1 }));
}

describe("error details", () => {
  it("of all ten types cross the wire with the status and its text", async () => {
    const error = await overTheWire(statusWithDetails(status.RESOURCE_EXHAUSTED, "the quota is used up", allTen));
    expect(error).to.be.instanceOf(CallError);
    expect(error).to.include({ code: status.RESOURCE_EXHAUSTED, details: "the quota is used up" });
    expect(detailsOf(error)).to.deep.equal(allTen);
  });

  it("may leave fields out, which then have their default values", async () => {
    const error = await overTheWire(statusWithDetails(status.UNAVAILABLE, "busy", { errorInfo: { reason: "BUSY" } }));
    expect(detailsOf(error)).to.deep.equal({ errorInfo: { reason: "BUSY", domain: "", metadata: {} } });
  });

  it("accept a delay with a fraction, and refuse an invalid one", () => {
    const after = (seconds: number, nanos = 0) =>
      detailsOf(statusWithDetails(status.UNAVAILABLE, "busy", { retryInfo: { retryDelay: { seconds, nanos } } }))
        .retryInfo;
    expect(after(1.5)).to.deep.equal({ retryDelay: { seconds: 1, nanos: 500_000_000 } });
    expect(after(0.25, 900_000_000)).to.deep.equal({ retryDelay: { seconds: 1, nanos: 150_000_000 } });
    expect(after(-1.5)).to.deep.equal({ retryDelay: { seconds: -1, nanos: -500_000_000 } });
    for (const seconds of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => after(seconds)).to.throw(RangeError);
  });

  it("say the same text as the status, however long it is", async () => {
    const error = await overTheWire(statusWithDetails(status.UNAVAILABLE, "ü".repeat(3000), { help: {} }));
    const [packed = ""] = (error as CallError).metadata.get("grpc-status-details-bin");
    expect(Status.decode(Buffer.from(packed)).message).to.equal((error as CallError).details);
  });

  it("do not compile with an unknown field or type", () => {
    // @ts-expect-error `why` for `reason`
    statusWithDetails(status.UNAVAILABLE, "busy", { errorInfo: { why: "BUSY" } });
    // @ts-expect-error there is no such type
    statusWithDetails(status.UNAVAILABLE, "busy", { errorInformation: {} });
    // @ts-expect-error seconds are a number
    expect(detailsOf(undefined).retryInfo?.retryDelay?.seconds.length).to.equal(undefined);
  });

  it("can be read from an error of grpc-js", () => {
    const { code, details, metadata } = badRequest({ field: "name", description: "is empty" });
    const serviceError = Object.assign(new Error(details), { code, details, metadata });
    expect(detailsOf(serviceError).badRequest?.fieldViolations.map(({ field }) => field)).to.deep.equal(["name"]);
  });

  it("are empty for an error without details, and for malformed bytes", () => {
    expect(detailsOf(new StatusError(status.OUT_OF_RANGE, "no details"))).to.deep.equal({});
    expect(detailsOf(new Error("no status"))).to.deep.equal({});
    expect(detailsOf(undefined)).to.deep.equal({});
    const hostile = {
      code: status.UNKNOWN,
      details: "",
      get metadata() {
        throw new Error("not for you");
      },
    };
    expect(detailsOf(hostile)).to.deep.equal({});
    expect(detailsOf(carrying(Buffer.from([255, 255, 255])))).to.deep.equal({});
  });

  it("that are malformed, duplicated or of an unknown type do not hide the others", () => {
    const { metadata } = statusWithDetails(status.OUT_OF_RANGE, "", { requestInfo: { requestId: "r-1" } });
    const [packed = ""] = metadata.get("grpc-status-details-bin");
    const { details } = Status.decode(Buffer.from(packed));
    const of = (type: string, value: Buffer) => ({ typeUrl: `type.googleapis.com/google.rpc.${type}`, value });
    const message = {
      code: status.OUT_OF_RANGE,
      message: "",
      details: [
        of("Help", Buffer.from([255])),
        { typeUrl: "types.example/google.rpc.ErrorInfo", value: Buffer.alloc(0) },
        of("Unheard", Buffer.alloc(2)),
        ...details,
        of("RequestInfo", Buffer.alloc(0)),
      ],
    };
    const error = carrying(Buffer.from(Status.encode(message).finish()));
    expect(detailsOf(error)).to.deep.equal({
      errorInfo: { reason: "", domain: "", metadata: {} },
      requestInfo: { requestId: "r-1", servingData: "" },
    });
  });

  it("may have __proto__ as a key", () => {
    const metadata = JSON.parse('{ "__proto__": "of the map" }');
    const { errorInfo } = detailsOf(statusWithDetails(status.OUT_OF_RANGE, "", { errorInfo: { metadata } }));
    expect(errorInfo?.metadata).to.have.own.property("__proto__", "of the map");
  });

  it("can be read if the text is not UTF-8", () => {
    const { metadata } = statusWithDetails(status.OUT_OF_RANGE, "", { requestInfo: { requestId: "r-1" } });
    const [details = ""] = metadata.get("grpc-status-details-bin");
    // The field `message` of google.rpc.Status, with an "é" that was cut.
    const error = carrying(Buffer.concat([Buffer.from(details), Buffer.from("120261c3", "hex")]));
    expect(detailsOf(error).requestInfo).to.include({ requestId: "r-1" });
  });
});

function carrying(bytes: Buffer): StatusError {
  const metadata = metadataOf({ "grpc-status-details-bin": bytes });
  return new StatusError(status.OUT_OF_RANGE, "details of a stranger", { metadata });
}
