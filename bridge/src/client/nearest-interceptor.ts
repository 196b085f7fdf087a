import {
  type CallCredentials,
  credentials as grpcCredentials,
  InterceptingCall,
  type Interceptor,
  type Metadata,
  status,
} from "@grpc/grpc-js";
import type { StatusError } from "../errors/status-error.js";
import { metadataFrom, sendable } from "../stream/metadata.js";

/** The interceptor of one call that is nearest the wire, after the interceptors of the caller. */
export interface NearestInterceptor {
  readonly interceptor: Interceptor;
  /** An interceptor of the caller threw while the call began: ends what has begun, and does not pass on its status. */
  abandon(): void;
}

/** Checks the metadata as the interceptors of the caller left it. */
export function nearestInterceptor(): NearestInterceptor {
  let begun: ReturnType<Parameters<Interceptor>[1]> | undefined;
  let abandoned = false;

  const interceptor: Interceptor = (options, nextCall) => {
    const call = nextCall(options);
    return new InterceptingCall(call, {
      start(metadata, listener, next) {
        let checked: typeof metadata;
        try {
          checked = sendable(metadata, "request metadata");
        } catch (error) {
          const { code, details } = error as StatusError;
          // In a later turn, because nothing listens in this one.
          process.nextTick(() => listener.onReceiveStatus({ code, details, metadata }));
          return;
        }
        begun = call;
        next(checked, {
          // After `abandon` nothing listens for 'error' on the stream, so a status would end the process.
          onReceiveStatus: (ended, tell) => {
            if (!abandoned) tell(ended);
          },
        });
      },
    });
  };

  function abandon(): void {
    abandoned = true;
    // A cancel in the turn that made the call never reaches the server, where the handler would continue (fact 14).
    process.nextTick(() => begun?.cancelWithStatus(status.CANCELLED, "the call could not be made"));
  }
  return { interceptor, abandon };
}

/** Checks the metadata of `credentials` together with that of the call, because it could harm other calls too. */
export function checkedCredentials(credentials: CallCredentials, own: Metadata): CallCredentials {
  return grpcCredentials.createFromMetadataGenerator((options, callback) => {
    credentials.generateMetadata(options).then(
      (given) => {
        try {
          const all = own.clone();
          all.merge(metadataFrom(given));
          sendable(all, "request metadata");
          callback(null, sendable(metadataFrom(given), "request metadata"));
        } catch (error) {
          callback(error as StatusError);
        }
      },
      (error: Error | null | undefined) => callback(error ?? new Error("the credentials gave no metadata")),
    );
  });
}
