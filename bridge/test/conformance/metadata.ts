import { Metadata } from "@grpc/grpc-js";
import type { Header } from "./gen/connectrpc/conformance/v1/service.js";

export function metadataOf(headers: readonly Header[]): Metadata {
  const metadata = new Metadata();
  for (const { name, value } of headers) {
    const isBinary = name.toLowerCase().endsWith("-bin");
    for (const each of value) metadata.add(name, isBinary ? Buffer.from(each, "base64") : each);
  }
  return metadata;
}

/** The suite compares binary values as base64 without padding. */
export function headersOf(metadata: Metadata): Header[] {
  return Object.keys(metadata.getMap()).map((name) => ({
    name,
    value: metadata
      .get(name)
      .map((each) => (typeof each === "string" ? each : each.toString("base64").replace(/=+$/, ""))),
  }));
}
