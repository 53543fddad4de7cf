import { expect, test } from 'vitest';
import { settingWords } from './setting-words.ts';
import { chineseSettingWords } from './setting-words-zh.ts';
import { authenticationGroups, systemGroups } from './settings-table.ts';
import {
  findFault,
  joinBytes,
  parseBannerForm,
  presentBannerForm,
  splitBytes,
  withValue,
} from './values.ts';

const stored = { token_expiration: { value: 30, editable: true } };

test('a value that is put back is no change', () => {
  const changed = withValue({}, stored, 'token_expiration', 31);
  expect(changed).toEqual({ token_expiration: 31 });
  expect(withValue(changed, stored, 'token_expiration', 30)).toEqual({});
});

test('a secret left empty stays as it is', () => {
  const typed = withValue({}, stored, 'oidc_client_secret', 's3cret');
  expect(typed).toEqual({ oidc_client_secret: 's3cret' });
  expect(withValue(typed, stored, 'oidc_client_secret', '')).toEqual({});
});

test('numbers have their bounds', () => {
  const setting = { key: 'ldap_timeout', kind: 'number', min: 1, max: 3600 } as const;
  expect(findFault(setting, 3600)).toBeUndefined();
  expect(findFault(setting, 3601)).toBe('number');
  expect(findFault(setting, '')).toBe('number');
});

test('more parameters are a JSON object of texts', () => {
  const setting = { key: 'oidc_extra_redirect_parms', kind: 'parameters' } as const;
  expect(findFault(setting, '{"a":"b"}')).toBeUndefined();
  expect(findFault(setting, '{"a":1}')).toBe('json');
  expect(findFault(setting, '["a"]')).toBe('json');
  expect(findFault(setting, '{')).toBe('json');
});

test('bytes are shown in the largest unit that they are whole in', () => {
  expect(splitBytes(3 * 2 ** 40)).toEqual({ amount: 3, unit: 'TiB' });
  expect(splitBytes(1536 * 2 ** 20)).toEqual({ amount: 1536, unit: 'MiB' });
  expect(joinBytes(1.5, 'GiB')).toBe(1536 * 2 ** 20);
});

test('a banner comes back as it was written', () => {
  const form = { message: 'Hi', type: 'warning', closable: true, from: '2026-01-02', to: '' };
  expect(parseBannerForm(presentBannerForm(form))).toEqual(form);
  expect(presentBannerForm({ ...form, message: ' ' })).toBe('');
});

test("Harbor's banner dates may be moments, and its text may be plain", () => {
  expect(parseBannerForm('{"message":"m","fromDate":"2026-03-04T10:00:00.000Z"}').from).toBe(
    '2026-03-04',
  );
  expect(parseBannerForm('plain').message).toBe('plain');
});

test('every setting that has words has a place, once', () => {
  const placed = [...authenticationGroups, ...systemGroups].flatMap(({ settings }) =>
    settings.map(({ key }) => key),
  );
  expect(placed.toSorted()).toEqual(Object.keys(settingWords).toSorted());
  expect(Object.keys(chineseSettingWords).toSorted()).toEqual(placed.toSorted());
});
