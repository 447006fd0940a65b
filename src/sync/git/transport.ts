// How one repository's git-upload-pack is reached, whatever carries the bytes: HTTP or SSH. What is said over it is
// the business of `partial/` and `shallow/`.
import type { Admit } from '../turns.ts';

export type Transport = {
  /**
   * Begins a conversation. `v2`: protocol version 2 is asked for, and the greeting says what came of it; over HTTP a
   * known greeting is used again without a request. `v0`: the greeting is left out; the one `send` that follows
   * carries a request of protocol version 0. Rejects with a SourceError, or with the signal's reason.
   */
  open(protocol: 'v2' | 'v0', signal: AbortSignal): Promise<Conversation>;
  /** Forgets what is known of the server, so that the next `open` asks it again. */
  forget(): void;
  /** Lets idle connections go. */
  close(): void;
};

export type Conversation = {
  readonly greeting: Greeting;
  /** One request and its whole answer. Rejects with a SourceError, or with the signal's reason. */
  send(request: UploadPackRequest, signal: AbortSignal): Promise<Buffer>;
  /** Ends it; safe at any time, more than once. */
  end(): void;
};

export type Greeting =
  /** Capabilities, each a line such as `fetch=shallow wait-for-done filter`. */
  | { readonly protocol: 'v2'; readonly capabilities: readonly string[] }
  /** The list of refs that protocol versions 0 and 1 begin with, as payloads of pkt-lines; empty when it was left out. */
  | { readonly protocol: 'v0'; readonly lines: readonly Buffer[] };

export type UploadPackRequest = {
  readonly body: Uint8Array;
  /** Waited for before more than a little of the answer is held in memory; the server's deadlines stand still meanwhile. */
  readonly admit?: Admit | undefined;
  /** Until the head of the answer, where that may take longer than `limits.headMilliseconds`: a large pack is made first. */
  readonly headMilliseconds?: number | undefined;
  /** Fewer bytes than `limits.answerBytes`: beyond it the answer is cut off and `send` rejects with an AnswerTooLong. */
  readonly byteLimit?: number | undefined;
  /** Told the bytes of the answer so far with each piece of it, and once more when `admit` was waited for. */
  readonly onBytes?: OnBytes | undefined;
};

export type OnBytes = (bytes: number, piece?: Buffer) => void;

/** The answer was longer than the `byteLimit` that its caller set; the caller goes another way. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}
