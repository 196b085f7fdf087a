// grpc-js with a contract that is read at run time: https://grpc.io/docs/languages/node/basics/#loading-service-descriptors-from-proto-files
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoFile, protoFolder } from "../item.js";
import { grpcJsPeer } from "./idiom.js";

const loaded = loadPackageDefinition(loadSync(protoFile, { includeDirs: [protoFolder] }));

export const packages = ["@grpc/proto-loader", "@grpc/grpc-js"];
export const { startServer, connect } = grpcJsPeer(loaded.quartet.bench.v1.Bench.service);
