import type { DescFile } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { type BridgedService, type Handler, implement } from "quartet-bridge";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from "#gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionService as ServerReflectionV1AlphaService } from "#gen/grpc/reflection/v1alpha/reflection.js";
import { type Descriptors, withImports } from "./descriptors.js";

type Answer = NonNullable<ServerReflectionResponse["messageResponse"]>;

/**
 * Server reflection, from buf's descriptor set. With it grpcurl can list, describe and call services without .proto
 * files. The package `@grpc/reflection` does not find our services that have no package, such as `Calculator`.
 *
 * The messages of v1 and v1alpha are the same, so one implementation serves both.
 *
 * @param services the full names of the hosted services; the descriptor set knows more
 * @param load reads the descriptors at the first question, which most processes never get
 */
export function reflection(services: readonly string[], load: () => Promise<Descriptors>): BridgedService[] {
  const serverReflectionInfo: Handler<typeof ServerReflectionService.serverReflectionInfo> = async function* (
    requests,
  ) {
    const descriptors = await load();
    for await (const request of requests) {
      // Errors are messages: a status would end the stream, and the later questions with it.
      yield {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request.messageRequest, services, descriptors),
      };
    }
  };
  return [
    implement(ServerReflectionService, { serverReflectionInfo }),
    implement(ServerReflectionV1AlphaService, { serverReflectionInfo }),
  ];
}

function answer(
  question: ServerReflectionRequest["messageRequest"],
  services: readonly string[],
  descriptors: Descriptors,
): Answer {
  switch (question?.$case) {
    case "listServices":
      return {
        $case: "listServicesResponse",
        listServicesResponse: { service: services.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return answerOf(descriptors.file(question.fileByFilename), "no file of that name");
    case "fileContainingSymbol":
      return answerOf(descriptors.fileOfSymbol(question.fileContainingSymbol), "no symbol of that name");
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.fileContainingExtension;
      return answerOf(descriptors.fileOfExtension(containingType, extensionNumber), "no such extension");
    }
    case "allExtensionNumbersOfType": {
      const baseTypeName = question.allExtensionNumbersOfType;
      const extensionNumber = descriptors.extensionNumbers(baseTypeName);
      return extensionNumber === undefined
        ? error(status.NOT_FOUND, "no message of that name")
        : { $case: "allExtensionNumbersResponse", allExtensionNumbersResponse: { baseTypeName, extensionNumber } };
    }
    case undefined:
      return error(status.INVALID_ARGUMENT, "the request asks nothing that this server knows");
  }
}

function answerOf(file: DescFile | undefined, otherwise: string): Answer {
  return file
    ? { $case: "fileDescriptorResponse", fileDescriptorResponse: { fileDescriptorProto: withImports(file) } }
    : error(status.NOT_FOUND, otherwise);
}

function error(errorCode: number, errorMessage: string): Answer {
  return { $case: "errorResponse", errorResponse: { errorCode, errorMessage } };
}
