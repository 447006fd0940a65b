// A Secret for Git as a user makes one.
import type { Kubectl } from '../../local/kubectl.ts';

export type SecretOptions = {
  readonly name?: string;
  /** The annotation; without it the Secret is bound to no host. */
  readonly host?: string;
};

/** Created, or replaced as a whole. */
export async function putSecret(
  kubectl: Kubectl,
  namespace: string,
  data: Readonly<Record<string, string>>,
  { name = 'git-read', host }: SecretOptions = {},
): Promise<void> {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      annotations: host === undefined ? {} : { 'confroll.dev/git-host': host },
    },
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(secret) });
}
