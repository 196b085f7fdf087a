import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { expect } from "chai";
import { caller } from "quartet-bridge";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService as V1,
} from "#gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionService as V1Alpha } from "#gen/grpc/reflection/v1alpha/reflection.js";
import { build } from "../fixtures/unary-server.js";
import { listening } from "../listening.js";

type Question = NonNullable<ServerReflectionRequest["messageRequest"]>;

for (const [version, definition] of [
  ["v1", V1],
  ["v1alpha", V1Alpha],
] as const) {
  describe(`reflection ${version}`, () => {
    /** The answers to questions that are asked on one stream. */
    async function ask(...questions: (Question | undefined)[]): Promise<ServerReflectionResponse[]> {
      const { client } = await listening(build());
      const requests = questions.map((messageRequest) => ({ host: "here", messageRequest }));
      const answers: ServerReflectionResponse[] = [];
      for await (const each of caller(definition, client).serverReflectionInfo(requests)) answers.push(each);
      return answers;
    }
    const symbol = (fileContainingSymbol: string): Question => ({
      $case: "fileContainingSymbol",
      fileContainingSymbol,
    });

    /** What an answer says: the names of its files, or its error. */
    function said({ messageResponse }: ServerReflectionResponse): unknown {
      if (messageResponse?.$case === "fileDescriptorResponse") {
        return messageResponse.fileDescriptorResponse.fileDescriptorProto.map(
          (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
        );
      }
      return messageResponse?.$case === "errorResponse" ? messageResponse.errorResponse.errorCode : messageResponse;
    }

    it("lists the hosted services, and no others of the contracts", async () => {
      const [answer] = await ask({ $case: "listServices", listServices: "" });
      expect(answer?.messageResponse).to.deep.equal({
        $case: "listServicesResponse",
        listServicesResponse: {
          service: [
            { name: "Calculator" },
            { name: "grpc.health.v1.Health" },
            { name: "grpc.reflection.v1.ServerReflection" },
            { name: "grpc.reflection.v1alpha.ServerReflection" },
          ],
        },
      });
      expect(answer?.originalRequest?.messageRequest).to.deep.equal({ $case: "listServices", listServices: "" });
      expect(answer?.validHost).to.equal("here");
    });

    it("finds symbols without a package, with a leading dot, and methods and fields", async () => {
      const symbols = ["Calculator", ".Calculator", "Calculator.SquareRoot", "NumberDouble", "NumberDouble.value1"];
      const answers = await ask(...symbols.map(symbol));
      for (const answer of answers) expect(said(answer)).to.deep.equal(["tutorials/calculator.proto"]);
      expect(answers).to.have.length(symbols.length);
    });

    it("finds nested messages, enums, and enum values, whose names lie beside the enum", async () => {
      const health = ["grpc/health/v1/health.proto"];
      const answers = await ask(
        symbol("grpc.health.v1.HealthCheckResponse.ServingStatus"),
        symbol("grpc.health.v1.HealthCheckResponse.SERVING"),
        symbol("grpc.health.v1.HealthListResponse.StatusesEntry"),
        symbol("grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING"),
      );
      expect(answers.map(said)).to.deep.equal([health, health, health, status.NOT_FOUND]);
    });

    it("sends a file with everything that it imports", async () => {
      const answers = await ask(
        { $case: "fileByFilename", fileByFilename: "google/rpc/status.proto" },
        { $case: "fileByFilename", fileByFilename: "google/protobuf/any.proto" },
      );
      expect(answers.map(said)).to.deep.equal([
        ["google/rpc/status.proto", "google/protobuf/any.proto"],
        ["google/protobuf/any.proto"],
      ]);
    });

    it("answers NOT_FOUND in a message, and continues with the next question", async () => {
      const answers = await ask(
        symbol("Abacus"),
        symbol(""),
        { $case: "fileByFilename", fileByFilename: "abacus.proto" },
        { $case: "fileContainingExtension", fileContainingExtension: { containingType: "Number", extensionNumber: 1 } },
        { $case: "allExtensionNumbersOfType", allExtensionNumbersOfType: "Abacus" },
        symbol("Calculator"),
      );
      expect(answers.slice(0, 5).map(said)).to.deep.equal(Array(5).fill(status.NOT_FOUND));
      expect(said(answers[5] as ServerReflectionResponse)).to.deep.equal(["tutorials/calculator.proto"]);
    });

    it("knows that a message has no extensions, and refuses an empty question", async () => {
      const answers = await ask({ $case: "allExtensionNumbersOfType", allExtensionNumbersOfType: "Number" }, undefined);
      expect(answers.map(said)).to.deep.equal([
        {
          $case: "allExtensionNumbersResponse",
          allExtensionNumbersResponse: { baseTypeName: "Number", extensionNumber: [] },
        },
        status.INVALID_ARGUMENT,
      ]);
    });
  });
}
