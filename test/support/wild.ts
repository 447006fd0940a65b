// Config as it is in the wild: the files of test/fixtures/wild, and those that are too large to keep.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../fixtures/wild/', import.meta.url));

/** Each file by its name. */
export function wildFiles(): [name: string, bytes: Buffer][] {
  const names = readdirSync(folder).toSorted();
  return names.map((name) => [name === 'dotenv' ? '.env' : name, readFileSync(`${folder}${name}`)]);
}

/** A dashboard as Grafana exports it, of more than 1 MiB. */
export function grafanaDashboard(): Buffer {
  const panels = Array.from({ length: 900 }, (_, id) => ({
    datasource: { type: 'prometheus', uid: `\${DS_PROMETHEUS}` },
    description: '',
    fieldConfig: {
      defaults: {
        color: { mode: 'palette-classic' },
        custom: { axisLabel: '', drawStyle: 'line', fillOpacity: 10, lineWidth: 1, spanNulls: false },
        mappings: [],
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: 'green', value: null },
            { color: 'red', value: 80 },
          ],
        },
        unit: 'reqps',
      },
      overrides: [
        {
          matcher: { id: 'byRegexp', options: '/5\\d\\d/' },
          properties: [{ id: 'color', value: { fixedColor: 'red' } }],
        },
      ],
    },
    gridPos: { h: 8, w: 12, x: (id % 2) * 12, y: Math.floor(id / 2) * 8 },
    id,
    targets: [
      {
        editorMode: 'code',
        expr: `sum by (code) (rate(http_requests_total{job=~"$job", handler!~"/-/.*", shard="${id}"}[$__rate_interval]))`,
        legendFormat: '{{code}}',
        refId: 'A',
      },
    ],
    title: `Requests of shard ${id} – “rate”`,
    type: 'timeseries',
  }));
  const text = JSON.stringify(
    { __inputs: [], panels, refresh: '30s', schemaVersion: 39, title: 'Shop', uid: 'shop' },
    null,
    2,
  );
  return Buffer.from(text);
}

/** A list of 900 KiB in one line. */
export function longJson(): Buffer {
  const entry = { id: 1_234_567, name: 'Ünïted Kingdom', tags: ['a', 'b'], price: 12.5, nothing: null };
  const entries = Math.floor((900 * 1024) / (Buffer.byteLength(JSON.stringify(entry)) + 1));
  return Buffer.from(JSON.stringify(Array.from({ length: entries }, () => entry)));
}

/** As a Windows editor saves it. */
export function withWindowsLineEnds(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}

export function inUtf16(text: string, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'little' ? bytes : bytes.swap16();
}
