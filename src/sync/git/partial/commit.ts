// PURE: a commit object as its bytes say it, however odd they are: only the tree must be there.
import { cleanLine } from '../../../api/clean-line.ts';
import { ProtocolError } from './protocol-error.ts';

export type Commit = {
  readonly tree: string;
  readonly parents: readonly string[];
  /** Name alone; empty when there is none. Both are one line of at most 200 characters without control characters. */
  readonly author: string;
  /** Seconds since 1970; 0 when it is not told. */
  readonly committedAt: number;
  /** First line of the message. */
  readonly subject: string;
};

// Far more than people write; what is beyond is not looked at, since commits are parsed again and again.
const maxBytes = 64 * 1024;

/** Throws a ProtocolError on bytes without a tree. */
export function parseCommit(whole: Buffer): Commit {
  const bytes = whole.subarray(0, maxBytes);
  const blank = bytes.indexOf('\n\n');
  const headEnd = blank < 0 ? bytes.length : blank;
  // Signatures and merged tags go on over lines that begin with a space.
  const lines = bytes
    .toString('latin1', 0, headEnd)
    .split('\n')
    .filter((line) => !line.startsWith(' '));
  const values = (key: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
  const [tree = ''] = values('tree');
  if (!objectId.test(tree)) throw new ProtocolError('malformed');
  const decode = decoder(values('encoding')[0]);
  const text = (latin1: string): string => decode(Buffer.from(latin1, 'latin1'));
  const message = decode(bytes.subarray(Math.min(bytes.length, headEnd + 2)));
  return {
    tree,
    parents: values('parent').filter((oid) => objectId.test(oid)),
    author: cleanLine(text(nameOf(values('author')[0] ?? ''))),
    committedAt: Number(/> (\d{1,15})/.exec(values('committer')[0] ?? '')?.[1] ?? 0),
    subject: cleanLine(message.replace(/^\n+/, '').split('\n', 1)[0] ?? ''),
  };
}

const objectId = /^[0-9a-f]{40}$/;

// `Name <address> time zone`; a stranger's line may be long and odd, so no regular expression goes over it.
function nameOf(line: string): string {
  const end = line.indexOf('<');
  return end < 0 ? '' : line.slice(0, end).trimEnd();
}

function decoder(encoding: string | undefined): (bytes: Buffer) => string {
  try {
    const given = new TextDecoder(encoding ?? 'utf-8');
    return (bytes) => given.decode(bytes);
  } catch {
    return (bytes) => bytes.toString('utf8');
  }
}
