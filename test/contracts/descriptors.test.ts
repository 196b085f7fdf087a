import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";

const { file: files } = fromBinary(
  FileDescriptorSetSchema,
  readFileSync(new URL("../../../src/gen/descriptors.binpb", import.meta.url)),
);

// Reflection answers from this set, so what it lacks, grpcurl does not find.
describe("the descriptor set", () => {
  it("holds every service with its methods", () => {
    const methods = files.flatMap((file) =>
      file.service.flatMap((service) =>
        service.method.map((method) => `${[file.package, service.name].filter(Boolean).join(".")}/${method.name}`),
      ),
    );
    expect(methods).to.have.members([
      "Calculator/SquareRoot",
      "Calculator/Divide",
      "helloworld.Greeter/SayHello",
      "unary.Unary/GetServerResponse",
      "bidirectional.Bidirectional/GetServerResponse",
      "quartet.vitals.v1.Vitals/Replay",
      "quartet.vitals.v1.Vitals/Watch",
      "quartet.statistics.v1.Statistics/Summarize",
      "quartet.upload.v1.Upload/Put",
      "quartet.upload.v1.Upload/Status",
      "quartet.upload.v1.Upload/Abort",
      "quartet.dialogue.v1.Dialogue/PingPong",
      "quartet.dialogue.v1.Dialogue/CollectThenReply",
      "quartet.chat.v1.Chat/Join",
      "quartet.chat.v1.Chat/ListRooms",
      "quartet.workshop.v1.Station/Measure",
      "quartet.workshop.v1.Station/Watch",
      "quartet.workshop.v1.Station/Operate",
      "quartet.workshop.v1.ControlRoom/Report",
      "quartet.workshop.v1.ControlRoom/Inquire",
      "quartet.workshop.v1.ControlRoom/Listen",
      "grpc.health.v1.Health/Check",
      "grpc.health.v1.Health/List",
      "grpc.health.v1.Health/Watch",
      "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ]);
  });

  it("holds every file that a file of it imports, before that file", () => {
    const seen = new Set<string>();
    for (const file of files) {
      for (const imported of file.dependency) expect(seen).to.include(imported);
      seen.add(file.name);
    }
    expect(seen).to.include("google/protobuf/timestamp.proto");
  });

  // A name as ts-proto exports it: a nested one follows its parent's after an underscore, and shadows nothing.
  it("has no message or enum of ours that hides one of JavaScript's names where it is imported", () => {
    const ours = files.filter((file) => file.package.startsWith("quartet."));
    const names = ours.flatMap((file) => [...file.messageType, ...file.enumType]).map((type) => type.name);
    expect(names).to.include("RoomEvent");
    expect(names.filter((name) => name in globalThis)).to.be.empty;
  });
});
