import { readFileSync } from "node:fs";
import { createFileRegistry, type DescField, type DescMessage, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Client, Server, type ServiceDefinition, type sendUnaryData, status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import { ErrorInfo } from "#bridge/gen/google/rpc/error_details.js";
import { HealthListResponse, HealthService } from "#gen/grpc/health/v1/health.js";
import { ServerReflectionService } from "#gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionService as ServerReflectionV1AlphaService } from "#gen/grpc/reflection/v1alpha/reflection.js";
import { ChatService } from "#gen/quartet/chat/v1/chat.js";
import { DialogueService } from "#gen/quartet/dialogue/v1/dialogue.js";
import { StatisticsService, SummarizeResponse } from "#gen/quartet/statistics/v1/statistics.js";
import { Staged, UploadService } from "#gen/quartet/upload/v1/upload.js";
import { Cursor, VitalsService } from "#gen/quartet/vitals/v1/vitals.js";
import { ControlRoomService, StationService } from "#gen/quartet/workshop/v1/workshop.js";
import { BidirectionalService } from "#gen/tutorials/bidirectional.js";
import { CalculatorService, NumberDouble } from "#gen/tutorials/calculator.js";
import { GreeterService } from "#gen/tutorials/helloworld.js";
import { UnaryService } from "#gen/tutorials/unary.js";
import { loopback } from "../../bridge/test/harness/loopback.js";
import { build } from "../../src/demo/serve.js";
import { failure } from "../../src/host/index.js";
import { temporaryFolder } from "../client-streaming/upload/uploads.js";

const hosted: ServiceDefinition[] = [
  HealthService,
  ServerReflectionService,
  ServerReflectionV1AlphaService,
  ChatService,
  DialogueService,
  StatisticsService,
  UploadService,
  VitalsService,
  BidirectionalService,
  CalculatorService,
  GreeterService,
  UnaryService,
];
const hostedMethods = hosted.flatMap((service) => Object.values(service));
const methods = [...hostedMethods, ...Object.values(StationService), ...Object.values(ControlRoomService)];
const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(new URL("../../../src/gen/descriptors.binpb", import.meta.url))),
);

function messagesOf(path: string): { input: DescMessage; output: DescMessage } {
  const [, service = "", name = ""] = path.split("/");
  const method = registry.getService(service)?.methods.find((each) => each.name === name);
  if (!method) throw new Error(`no contract has ${path}`);
  return method;
}

/** The numbers of the fields that lead to each field of a type, through messages and maps; an enum is an int32. */
function pathsTo(isWanted: (type: ScalarType) => boolean, { fields }: DescMessage): number[][] {
  const below = (field: DescField): number[][] => {
    if (field.fieldKind === "map") return isWanted(field.mapKey) ? [[1]] : [];
    if (field.message) return pathsTo(isWanted, field.message);
    return isWanted(field.scalar ?? ScalarType.INT32) ? [[]] : [];
  };
  return fields.flatMap((field) => below(field).map((path) => [field.number, ...path]));
}

const isText = (type: ScalarType) => type === ScalarType.STRING;
const is64Bit = (type: ScalarType) => [ScalarType.UINT64, ScalarType.INT64].includes(type);

/** A message in which only the last field of a path is set, by `write`. */
function messageWith([number = 0, ...below]: number[], write: (writer: BinaryWriter, number: number) => void): Buffer {
  const writer = new BinaryWriter();
  if (below.length === 0) write(writer, number);
  else writer.tag(number, WireType.LengthDelimited).bytes(messageWith(below, write));
  return Buffer.from(writer.finish());
}

/**
 * How a call ends that sends these bytes as messages. It is cancelled after three responses: some calls have no end.
 */
function ending(client: Client, path: string, messages: readonly Buffer[]) {
  const same = (bytes: Buffer) => bytes;
  const call = client.makeBidiStreamRequest(path, same, same);
  return new Promise<{ code: status; responses: number }>((resolve) => {
    let responses = 0;
    call.on("data", () => {
      responses += 1;
      if (responses === 3 || path.endsWith("/Watch")) call.cancel();
    });
    call.on("error", () => {});
    call.on("status", ({ code }) => resolve({ code, responses }));
    for (const message of messages) call.write(message);
    call.end();
  });
}

// Invalid bytes; a slash in two bytes; half an emoji of UTF-16; a cut emoji; and an invalid byte after 100 valid ones.
const notUtf8 = ["ff", "fe", "c0af", "eda0bd", "f09f99", `${"61".repeat(100)}ff`].map((hex) => Buffer.from(hex, "hex"));
const spoiled = (path: number[], text: Buffer) =>
  messageWith(path, (writer, number) => writer.tag(number, WireType.LengthDelimited).bytes(text));

describe("text that is not UTF-8", () => {
  it("is refused in every field of every request and response", () => {
    let tried = 0;
    for (const { path, requestDeserialize, responseDeserialize } of methods) {
      const { input, output } = messagesOf(path);
      for (const [type, decode] of [
        [input, requestDeserialize],
        [output, responseDeserialize],
      ] as const) {
        for (const fields of pathsTo(isText, type)) {
          expect(() => decode(spoiled(fields, Buffer.from("é\ufeff"))), `${path} ${fields}`).not.to.throw();
          for (const text of notUtf8) expect(() => decode(spoiled(fields, text)), `${path} ${fields}`).to.throw();
          tried += 1;
        }
      }
    }
    expect(tried).to.be.above(60);
  });

  it("ends a call of each service with INTERNAL, without a response", async () => {
    const { client } = await loopback(build());
    for (const { path } of hostedMethods) {
      for (const fields of pathsTo(isText, messagesOf(path).input)) {
        const ended = await ending(client, path, [spoiled(fields, Buffer.of(255))]);
        expect(ended, path).to.deep.equal({ code: status.INTERNAL, responses: 0 });
      }
    }
  });

  it("fails the call of our client with INTERNAL, if a response has it", async () => {
    const server = new Server();
    const { sayHello } = GreeterService;
    server.addService({ sayHello: { ...sayHello, responseSerialize: (bytes: Buffer) => bytes } } as ServiceDefinition, {
      sayHello: (_call: unknown, callback: sendUnaryData<Buffer>) => callback(null, spoiled([1], Buffer.of(255))),
    });
    const { client } = await loopback(server);
    await failure(status.INTERNAL, caller(GreeterService, client).sayHello({ name: "ada" }));
  });
});

describe("the edges of what a field can hold", () => {
  const numbers = (write: (writer: BinaryWriter, value: number) => unknown, type: WireType, ...values: number[]) =>
    values.map((value) => (writer: BinaryWriter, field: number) => write(writer.tag(field, type), value));
  const none = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
  const words = ["", "\0", "__proto__", "constructor", "\ufffd", "🙂".repeat(33), "x".repeat(100_000)];
  const edges: Partial<Record<ScalarType, ((writer: BinaryWriter, field: number) => unknown)[]>> = {
    [ScalarType.FLOAT]: numbers((writer, value) => writer.float(value), WireType.Bit32, ...none, 3.4e38, -1.4e-45),
    [ScalarType.DOUBLE]: numbers((writer, value) => writer.double(value), WireType.Bit64, ...none, 1.7e308, -5e-324),
    [ScalarType.INT32]: numbers((writer, value) => writer.int32(value), WireType.Varint, 0, -1, 99, 2 ** 31 - 1),
    [ScalarType.UINT32]: numbers((writer, value) => writer.uint32(value), WireType.Varint, 0, 1, 2 ** 32 - 1),
    [ScalarType.UINT64]: numbers(
      (writer, value) => writer.uint64(value),
      WireType.Varint,
      0,
      2 ** 53,
      2 ** 64 - 2 ** 11,
    ),
    [ScalarType.STRING]: words.map(
      (word) => (writer, field) => writer.tag(field, WireType.LengthDelimited).string(word),
    ),
    [ScalarType.BYTES]: [0, 2 ** 20 + 1].map(
      (size) => (writer, field) => writer.tag(field, WireType.LengthDelimited).bytes(Buffer.alloc(size)),
    ),
  };
  /** Methods that read later messages only after a first one. */
  const first: Readonly<Record<string, Buffer>> = {
    [ChatService.join.path]: ChatService.join.requestSerialize({
      frame: { $case: "enter", enter: { room: "tea", name: "ada", sessionId: "s" } },
    }),
    [UploadService.put.path]: UploadService.put.requestSerialize({
      step: { $case: "header", header: { uploadId: "u", name: "a.txt" } },
    }),
  };

  it("never end a call with INTERNAL or UNKNOWN", async () => {
    const { client } = await loopback(build({}, { uploads: temporaryFolder() }));
    let tried = 0;
    for (const { path } of hostedMethods) {
      const { input } = messagesOf(path);
      const values = Object.entries(edges).flatMap(([type, writes]) =>
        pathsTo((each) => each === Number(type), input).flatMap((fields) =>
          writes.map((write) => messageWith(fields, write)),
        ),
      );
      const before = first[path] === undefined ? [] : [first[path]];
      for (const message of [Buffer.alloc(0), ...values]) {
        for (const messages of before.length === 0 ? [[message]] : [[message], [...before, message]]) {
          const { code } = await ending(client, path, messages);
          expect([status.INTERNAL, status.UNKNOWN], `${path} ${message.toString("hex", 0, 40)}`).not.to.include(code);
          tried += 1;
        }
      }
    }
    expect(tried).to.be.above(100);
  });
});

describe("bytes that are not a message", () => {
  // The tags 0 and 2, for fields of the number 0; the end of a group that has not begun; a length without bytes.
  const malformed = ["00", "0200", "0c", "0a01"].map((hex) => Buffer.from(hex, "hex"));

  it("are refused in each request and response, also after a valid field", () => {
    for (const { path, requestDeserialize, responseDeserialize } of methods) {
      // No contract has this field.
      const unknown = messageWith([1_000], (writer, number) =>
        writer.tag(number, WireType.LengthDelimited).string("x"),
      );
      for (const decode of [requestDeserialize, responseDeserialize]) {
        expect(() => decode(unknown), path).not.to.throw();
        for (const bytes of malformed) expect(() => decode(Buffer.concat([unknown, bytes])), path).to.throw();
      }
    }
  });

  it("are refused inside a message: a field may not be longer than its message", () => {
    // A cursor of two bytes, whose epoch takes three.
    const bytes = Buffer.from("1a02" + "0a0161", "hex");
    expect(() => VitalsService.watch.requestDeserialize(bytes)).to.throw("malformed");
  });
});

describe("a 64-bit number that is too large for a double", () => {
  const tooLarge = [2n ** 53n, 2n ** 53n + 1n, 2n ** 60n, 2n ** 63n - 1n];

  it("reaches the service as Infinity, in every field of every request", () => {
    const paths = methods.flatMap(({ path, requestDeserialize }) =>
      pathsTo(is64Bit, messagesOf(path).input).map((fields) => {
        for (const number of tooLarge) {
          const bytes = messageWith(fields, (writer, field) => writer.tag(field, WireType.Varint).uint64(number));
          expect(() => requestDeserialize(bytes), `${path} ${fields}`).not.to.throw();
        }
        return path;
      }),
    );
    expect(paths).to.include.members([
      "/quartet.vitals.v1.Vitals/Watch",
      "/quartet.chat.v1.Chat/Join",
      "/quartet.upload.v1.Upload/Put",
      "/quartet.workshop.v1.Station/Watch",
    ]);
    for (const number of [...tooLarge, 2n ** 64n - 1n]) {
      const bytes = messageWith([2], (writer, field) => writer.tag(field, WireType.Varint).uint64(number));
      expect(Cursor.decode(bytes).sequence).to.equal(Number.POSITIVE_INFINITY);
    }
    const largest = Number.MAX_SAFE_INTEGER;
    expect(Cursor.decode(Cursor.encode({ epoch: "", sequence: largest }).finish()).sequence).to.equal(largest);
  });

  it("cannot be sent as another number", () => {
    expect(() => Cursor.encode({ epoch: "", sequence: Number.POSITIVE_INFINITY })).to.throw();
  });
});

describe("a key of a map", () => {
  it("may be __proto__, on the wire and in a message to send", () => {
    const keys = ["__proto__", "constructor", "toString", ""];
    const health = Object.fromEntries(keys.map((key) => [key, { status: 1 as const }]));
    const info = { reason: "", domain: "", metadata: Object.fromEntries(keys.map((key) => [key, `of ${key}`])) };
    for (const [type, message] of [
      [HealthListResponse, HealthListResponse.create({ statuses: health })],
      [ErrorInfo, ErrorInfo.create(info)],
    ] as const) {
      const [map] = Object.values(message).filter((value) => typeof value === "object");
      expect(Object.keys(map)).to.have.members(keys);
      expect(Object.getPrototypeOf(map)).to.equal(Object.prototype);
      // TypeScript cannot tell that `message` is of this `type`.
      const received = type.decode((type.encode as (value: unknown) => BinaryWriter)(message).finish());
      expect(received).to.deep.equal(message);
      expect(Object.keys(Object.values(received).find((value) => typeof value === "object"))).to.have.members(keys);
    }
  });
});

describe("a Timestamp", () => {
  const wire = (date: Date) => Buffer.from(Staged.encode({ size: 0, expiresAt: date }).finish()).toString("hex");

  it("has nanoseconds that count forward, before 1970 too", () => {
    // A negative int64 takes ten bytes: -1 is ffffffffffffffffff01.
    expect(wire(new Date(-1))).to.equal("1211" + "08ffffffffffffffffff01" + "10c08faedc03");
    expect(wire(new Date(-1_000))).to.equal("120b" + "08ffffffffffffffffff01");
    expect(wire(new Date(1_001))).to.equal("1206" + "0801" + "10c0843d");
  });

  it("is the same date after the wire", () => {
    const dates = [0, 1, 999, -1, -999, -1_000, -1_001, -62_135_596_800_000, 253_402_300_799_999, Date.now()];
    for (const time of dates) {
      const sent = { size: 0, expiresAt: new Date(time) };
      expect(Staged.decode(Staged.encode(sent).finish())).to.deep.equal(sent);
    }
  });

  it("is refused if it is not a date in the years 1 to 9999, when sent and when received", () => {
    for (const time of [Number.NaN, -62_135_596_800_001, 253_402_300_800_000])
      expect(() => wire(new Date(time))).to.throw("years 1 to 9999");
    for (const seconds of [2n ** 40n, 2n ** 60n, -(2n ** 60n)]) {
      const bytes = messageWith([2, 1], (writer, number) => writer.tag(number, WireType.Varint).int64(seconds));
      expect(() => Staged.decode(bytes)).to.throw("years 1 to 9999");
    }
  });
});

describe("minus zero", () => {
  it("keeps its sign on the wire, because it is not the default value", () => {
    const { value1, value2 } = NumberDouble.decode(NumberDouble.encode({ value1: -0, value2: 0 }).finish());
    expect([Object.is(value1, -0), Object.is(value2, 0)]).to.deep.equal([true, true]);
    expect(NumberDouble.encode({ value1: 0, value2: 0 }).finish()).to.have.length(0);
    const { min } = SummarizeResponse.decode(SummarizeResponse.encode({ count: 1, min: -0 }).finish());
    expect(Object.is(min, -0)).to.equal(true);
  });
});
