// grpc-js with a contract that is read at run time: https://grpc.io/docs/languages/node/basics/#loading-service-descriptors-from-proto-files
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { grpcJs } from "../../../dist/bench/implementations/bare.js";
import { protoFile, protoFolder } from "../contract.js";

const loaded = loadPackageDefinition(loadSync(protoFile, { includeDirs: [protoFolder] }));
const { Bench, Batches } = loaded.quartet.bench.v1;

export const { serve, connect } = grpcJs({ ...Bench.service, ...Batches.service });
