// The bytes of protocol version 2, and of the list that versions 0 and 1 begin with.
import { describe, expect, test } from 'vitest';
import { parseFetchAnswer } from '../../../../src/sync/git/partial/fetch-answer.ts';
import { fetchRequest } from '../../../../src/sync/git/partial/fetch-request.ts';
import {
  listRefsRequest,
  parseAdvertisedRefs,
  parseListedRefs,
} from '../../../../src/sync/git/partial/list-refs.ts';
import { flush, pktLine, sideBand } from '../../../support/git-servers/packs.ts';

const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
const lines = (...texts: string[]): Buffer => Buffer.concat([...texts.map((text) => pktLine(text)), flush]);

test('a fetch says what is wanted, what is here and what to leave out', () => {
  const request = fetchRequest({ wants: [one], haves: [two], filter: 'blob:none', done: false });
  expect(request.toString()).toBe(
    `0012command=fetch\n00010010no-progress\n000eofs-delta\n0015filter blob:none\n0032want ${one}\n0032have ${two}\n0000`,
  );
});

describe('the answer to a fetch', () => {
  const pack = Buffer.from('a pack');
  test('holds the pack of the first side band', () => {
    const body = Buffer.concat([
      pktLine('shallow-info\n'),
      pktLine(`shallow ${one}\n`),
      Buffer.from('0001'),
      pktLine('packfile\n'),
      ...sideBand(2, Buffer.from('counting')),
      ...sideBand(1, pack.subarray(0, 2)),
      ...sideBand(1, pack.subarray(2)),
      flush,
    ]);
    expect(parseFetchAnswer(body)).toEqual({ common: 'nothing', pack: new Uint8Array(pack) });
  });
  test.each([
    ['nothing', ['acknowledgments\n', 'NAK\n']],
    ['some', ['acknowledgments\n', `ACK ${one}\n`]],
    ['ready', ['acknowledgments\n', `ACK ${one}\n`, 'ready\n']],
  ])('tells that there is %s in common', (common, texts) => {
    expect(parseFetchAnswer(lines(...texts))).toEqual({ common, pack: undefined });
  });
  test.each<[string, Buffer, string]>([
    ['an error line', pktLine('ERR upload-pack: not our ref\n'), 'refused'],
    [
      'an error in the third side band',
      Buffer.concat([pktLine('packfile\n'), ...sideBand(3, pack)]),
      'gaveUp',
    ],
    ['what is cut', Buffer.concat([pktLine('packfile\n'), ...sideBand(1, pack)]), 'malformed'],
    ['what is no Git', Buffer.from('<html>'), 'malformed'],
    ['nothing', Buffer.alloc(0), 'malformed'],
  ])('that is %s is none', (_, body, kind) => {
    expect(() => parseFetchAnswer(body)).toThrow(expect.objectContaining({ name: 'ProtocolError', kind }));
  });
});

describe('refs', () => {
  test('are asked for by prefix', () => {
    expect(listRefsRequest(['refs/tags/']).toString()).toBe(
      '0014command=ls-refs\n00010009peel\n001aref-prefix refs/tags/\n0000',
    );
  });
  test('are listed with what tags are of', () => {
    const body = lines(
      `${one} HEAD symref-target:refs/heads/main\n`,
      `${one} refs/heads/main\n`,
      `${two} refs/tags/v1 peeled:${one}\n`,
    );
    expect([...parseListedRefs(body)]).toEqual([
      ['HEAD', one],
      ['refs/heads/main', one],
      ['refs/tags/v1', one],
    ]);
    expect(parseListedRefs(lines('unborn HEAD symref-target:refs/heads/main\n')).size).toBe(0);
  });
  test('are advertised with what tags are of', () => {
    const advertised = [
      `${one} HEAD\0multi_ack symref=HEAD:refs/heads/main`,
      `${one} refs/heads/main\n`,
      `${two} refs/tags/v1\n`,
      `${one} refs/tags/v1^{}\n`,
      `shallow ${two}\n`,
    ].map((text) => Buffer.from(text));
    expect([...parseAdvertisedRefs(advertised)]).toEqual([
      ['HEAD', one],
      ['refs/heads/main', one],
      ['refs/tags/v1', one],
    ]);
    const empty = [Buffer.from(`${'0'.repeat(40)} capabilities^{}\0agent=git`)];
    expect(parseAdvertisedRefs(empty).size).toBe(0);
    expect(parseAdvertisedRefs([]).size).toBe(0);
  });
  test.each(['ERR no', 'abc refs/heads/main', one])('that are %j are none', (text) => {
    expect(() => parseListedRefs(lines(`${text}\n`))).toThrow('');
    expect(() => parseAdvertisedRefs([Buffer.from(text)])).toThrow('');
  });
});
