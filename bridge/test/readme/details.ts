import { status } from "@grpc/grpc-js";
import { detailsOf, type StatusError, statusWithDetails } from "quartet-bridge";

// #region details
export function quotaUsedUp(): StatusError {
  return statusWithDetails(status.RESOURCE_EXHAUSTED, "the quota of this hour is used up", {
    retryInfo: { retryDelay: { seconds: 60, nanos: 0 } },
    quotaFailure: { violations: [{ subject: "project:7", description: "100 calls per hour" }] },
  });
}

export const waitSeconds = (error: unknown): number => detailsOf(error).retryInfo?.retryDelay?.seconds ?? 0;
// #endregion
