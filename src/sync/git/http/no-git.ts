// An answer of HTTP that is none of Git's -> what it is instead, as far as it can be told.
import { SourceError } from '../source-error.ts';

export function noGit(
  shown: string,
  answer: { readonly contentType: string; readonly body: Buffer },
): SourceError {
  const start = answer.body.toString('latin1', 0, 200).trimStart();
  if (answer.contentType.startsWith('text/html') || /^<(?:!doctype|html)/i.test(start)) {
    return retry(
      `${shown} answered a web page, not Git's protocol: check spec.source.url, and whether something between the cluster and the Git server asks people to sign in`,
    );
  }
  const isList = /^[0-9a-f]{40}\t/.test(start);
  if (isList || (answer.body.length === 0 && answer.contentType.startsWith('text/plain'))) {
    return new SourceError({
      class: 'person',
      reason: 'InvalidSource',
      message: `${shown} is a plain web server over the files of a repository (Git's dumb protocol), which cannot be followed: serve the repository by git http-backend or a Git server`,
    });
  }
  return retry(
    `${shown} answered something that is not Git's protocol, or only a part of it: check spec.source.url and what stands between the cluster and the Git server`,
  );
}

function retry(message: string): SourceError {
  return new SourceError({ class: 'retry', reason: 'ServerError', message });
}
