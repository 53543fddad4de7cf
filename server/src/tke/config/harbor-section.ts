import { X509Certificate } from 'node:crypto';
import type { Fields } from './file-schema.ts';
import type { HarborConfiguration } from './registry-configuration.ts';
import {
  findSecret,
  findText,
  isGiven,
  type SecretSource,
  type Surroundings,
} from './secret-source.ts';

const MANIFEST_CACHE_SECONDS = 1;

/**
 * Harbor's part of the file. TKE took Harbor's address from `domainSuffix` and its account from
 * `security.admin…`; each still stands in where the field of its own is absent.
 */
export function foldHarbor(file: Fields, around: Surroundings): HarborConfiguration {
  const verifyTls = file.harborInsecureSkipVerify !== true;
  if (!verifyTls)
    around.warn('harborInsecureSkipVerify', 'whoever is in between can pose as Harbor');
  return {
    url: foldUrl(file, around),
    username: foldUsername(file, around),
    password: foldPassword(file, around),
    ca: foldAuthorities(file, around),
    verifyTls,
    login: file.harborLogin ?? 'tke',
    adopt: file.harborAdoptProjects ?? false,
    charts: file.harborCharts ?? 'auto',
    manifestCacheSeconds: file.harborManifestCacheSeconds ?? MANIFEST_CACHE_SECONDS,
  };
}

function foldUrl({ harborUrl, domainSuffix = '' }: Fields, around: Surroundings): string {
  if (harborUrl !== undefined) return harborUrl;
  if (domainSuffix === '') {
    around.fault('harborUrl', 'is required with harborEnabled');
    return '';
  }
  around.warn('harborUrl', `is absent; https://${domainSuffix} is used, as TKE did`);
  return `https://${domainSuffix}`;
}

function foldUsername({ harborUsername, security }: Fields, around: Surroundings): string {
  if (harborUsername !== undefined) return harborUsername;
  if (security?.adminUsername === undefined) {
    around.fault('harborUsername', 'is required with harborEnabled');
    return '';
  }
  around.warn('harborUsername', 'is absent; security.adminUsername is used, as TKE did');
  return security.adminUsername;
}

function foldPassword(file: Fields, around: Surroundings): string {
  const own: SecretSource = {
    field: 'harborPassword',
    value: file.harborPassword,
    file: file.harborPasswordFile,
    variable: file.harborPasswordEnv,
  };
  if (isGiven(own)) return findSecret(own, around) ?? '';
  const { security } = file;
  const legacy: SecretSource = {
    field: 'security.adminPassword',
    value: security?.adminPassword,
    file: security?.adminPasswordFile,
    variable: security?.adminPasswordEnv,
  };
  if (!isGiven(legacy)) {
    around.fault('harborPassword', 'is required with harborEnabled');
    return '';
  }
  around.warn('harborPassword', 'is absent; security.adminPassword is used, as TKE did');
  return findSecret(legacy, around) ?? '';
}

/** PEM, from the file that is named or written in its place, as TKE's installer takes it. */
function foldAuthorities(
  { harborCAFile = '', harborInsecureSkipVerify }: Fields,
  around: Surroundings,
): string | undefined {
  if (harborCAFile.trim() === '') {
    if (harborInsecureSkipVerify === undefined) {
      around.warn(
        'harborCAFile',
        "is absent; Harbor's certificate is held against the system's authorities (TKE did not verify it: harborInsecureSkipVerify)",
      );
    }
    return undefined;
  }
  const pem = harborCAFile.includes('-----BEGIN')
    ? harborCAFile
    : findText('harborCAFile', harborCAFile, around);
  if (pem !== undefined && !isPem(pem)) {
    around.fault('harborCAFile', 'must hold certificates in PEM');
  }
  return pem;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function isPem(text: string): boolean {
  const certificates = text.match(CERTIFICATE) ?? [];
  return certificates.length > 0 && certificates.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
