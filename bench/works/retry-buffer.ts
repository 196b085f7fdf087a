/**
 * So many requests on one stream are well past what grpc-js's client takes at once into its retry buffer, 1 MiB (fact 7).
 * A shorter stream is fast with any options, and shows nothing of what a stream costs.
 */
export const pastRetryBuffer = 50_000;
