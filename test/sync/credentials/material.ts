// Material as a Secret of that name would give it, and what must never be seen of it.
import { generateKeyPairSync } from 'node:crypto';
import { createMaterial, type Material } from '../../../src/sync/credentials/material.ts';
import { foundIn, type Planted, plantedPem, plantedText } from '../../support/planted.ts';

export type Values = Readonly<Record<string, string>>;

export function materialOf(values: Values): Material {
  const bytes = Object.entries(values).map(([key, value]) => [key, Buffer.from(value)] as const);
  return createMaterial('Secret "git-read"', new Map(bytes), (problem) => ({
    kind: 'failed',
    class: 'person',
    reason: 'SecretInvalid',
    message: `Secret "git-read" ${problem}`,
  }));
}

/** Names of the keys whose values stand in the text. */
export function leaks(text: string, values: Values): string[] {
  const planted: Planted[] = Object.entries(values)
    // Shorter ones stand in many words.
    .filter(([, value]) => value.length > 6)
    .map(([key, value]) => (value.startsWith('-----') ? plantedPem(key, value) : plantedText(key, value)));
  return foundIn(text, planted);
}

/** Of a GitHub App, as GitHub makes them. */
export function newAppKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}
