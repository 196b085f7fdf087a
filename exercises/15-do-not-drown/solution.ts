import { type handleClientStreamingCall, type ServerReadableStream, status } from "@grpc/grpc-js";
import type { Reading, Summary } from "#gen/quartet/workshop/v1/workshop.js";

/** Files a reading in the control room's archive. It takes a while: the promise resolves when the reading is filed. */
export type FileReading = (reading: Reading) => Promise<void>;

/**
 * The control room's answer to a report: files every reading, and summarizes them.
 *
 * @param desks how many readings may be filed at once
 */
export function report(file: FileReading, desks: number): handleClientStreamingCall<Reading, Summary> {
  return (call, callback) => {
    fileAll(call, file, desks).then(
      (summary) => callback(null, summary),
      () => callback({ code: status.UNAVAILABLE, details: "the archive does not work at the moment" }),
    );
  };
}

async function fileAll(
  call: ServerReadableStream<Reading, Summary>,
  file: FileReading,
  desks: number,
): Promise<Summary> {
  const filed: number[] = [];
  // #region yours
  //> await new Promise((resolve) => {
  //>   call.on("data", async (reading: Reading) => {
  //>     await file(reading);
  //>     filed.push(reading.value);
  //>   });
  //>   call.on("end", resolve);
  //> });
  const readings: AsyncIterable<Reading> = call[Symbol.asyncIterator]();
  const atOneDesk = async () => {
    for await (const reading of readings) {
      await file(reading);
      filed.push(reading.value);
    }
  };
  await Promise.all(Array.from({ length: desks }, atOneDesk));
  // #endregion
  return summaryOf(filed);
}

function summaryOf(values: readonly number[]): Summary {
  if (values.length === 0) return { count: 0 };
  return { count: values.length, lowest: Math.min(...values), highest: Math.max(...values) };
}
