// Files as they are in the wild, as variables.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errors, variables } from './built.ts';

const wild = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../fixtures/wild', name), 'utf8');

const dotenv = {
  NODE_ENV: 'production',
  APP_NAME: 'The Shop',
  APP_URL: 'http://localhost:8080',
  DB_PASSWORD: '',
  LOG_LEVEL: 'info',
};

test.each([
  ['as it is', wild('dotenv')],
  [
    'with the line ends and the byte order mark of Windows',
    `\ufeff${wild('dotenv').replaceAll('\n', '\r\n')}`,
  ],
])('a .env %s', (_, text) => {
  expect(variables({ '.env': text })).toEqual(dotenv);
});

test('properties of Spring Boot, under the names that Spring Boot looks for', () => {
  expect(variables({ 'application.properties': wild('application.properties') })).toEqual({
    SERVER_PORT: '8080',
    SERVER_SERVLET_CONTEXT_PATH: '/shop',
    SPRING_DATASOURCE_URL: 'jdbc:h2:mem:shop;MODE=PostgreSQL',
    SPRING_DATASOURCE_PASSWORD: '',
    MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE: 'health,info,prometheus',
    LOGGING_PATTERN_CONSOLE: '%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n',
    SHOP_PATH: 'C:\\config\\shop',
    SHOP_GREETING: 'Grüße',
    SHOP_NO_SEPARATOR: 'value behind a space',
    SHOP_ONLY_A_KEY: '',
    SHOP_INDENTED: 'yes   ',
  });
});

test('settings of .NET', () => {
  expect(variables({ 'appsettings.json': wild('appsettings.json') })).toEqual({
    LOGGING_LOGLEVEL_DEFAULT: 'Information',
    LOGGING_LOGLEVEL_MICROSOFT_ASPNETCORE: 'Warning',
    KESTREL_ENDPOINTS_HTTP_URL: 'http://0.0.0.0:8080',
    ALLOWEDHOSTS: '*',
    RETRY_DELAYS_0: '0.5',
    RETRY_DELAYS_1: '1',
    RETRY_DELAYS_2: '2e1',
    RETRY_JITTER: '-0.0',
    GREETING: 'Grüße 😀 / "shop"',
    NOTHING: '',
  });
});

test('a YAML of Spring Boot: one document, of which keys takes what can be a variable', () => {
  const text = wild('application.yml');
  expect(errors({ 'application.yml': text })).toEqual([
    expect.stringMatching(/^application\.yml:\d+:\d+: it has more than one document \(---\)/),
  ]);
  const [shared = ''] = text.split(/^---$/m);
  expect(errors({ 'application.yml': shared })).toEqual([
    expect.stringMatching(/^application\.yml:37:5: its name cannot be that of a variable: /),
  ]);
  const expected = {
    SERVER_PORT: ['$', '{PORT:8080}'].join(''),
    SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: '10',
    SPRING_CLOUD_GATEWAY_ROUTES_0_FILTERS_1: 'CircuitBreaker=name=orders,fallbackUri=/fallback',
    MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE: 'health,info,prometheus',
    SHOP_OCTAL_LOOKING: '010',
    SHOP_GREETING: 'Good morning, good afternoon\n  and good night',
    SHOP_REGIONS_0_WEIGHT: '.5',
    SHOP_REGIONS_1_WEIGHT: '1e0',
    SHOP_NOTHING: '',
    SHOP_EMPTY: '',
  };
  const env = [{ file: 'application.yml', keys: Object.keys(expected) }];
  expect(variables({ 'application.yml': shared }, env)).toEqual(expected);
});
